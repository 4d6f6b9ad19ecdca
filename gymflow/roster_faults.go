package gymflow

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// How many faults are told with their place, and how many of them one sentence names. The rest is counted: a file of another kind
// has one in every cell.
const (
	mostFaults        = 100
	faultsInASentence = 3
)

// Fault is one thing that is wrong in a roster file.
type Fault struct {
	Line    int    `json:"line,omitempty"`    // as an editor or a spreadsheet counts; 0 for the file as a whole
	Column  int    `json:"column,omitempty"`  // counted from 1; 0 for the line as a whole
	Heading string `json:"heading,omitempty"` // of the column
	Text    string `json:"text"`
}

// String is the place and what is wrong there.
func (f Fault) String() string {
	switch {
	case f.Line == 0:
		return f.Text
	case f.Column == 0:
		return fmt.Sprintf("line %d: %s", f.Line, f.Text)
	case f.Heading == "":
		return fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Text)
	}
	return fmt.Sprintf("line %d, column %d (%s): %s", f.Line, f.Column, f.Heading, f.Text)
}

// Refused is a roster file with faults: nothing of it is used.
type Refused struct {
	Path   string
	Faults []Fault // by line and column, at most 100
	More   int     // that are not listed
}

// Error names the first faults.
func (r *Refused) Error() string {
	told := make([]string, 0, faultsInASentence)
	for _, fault := range r.Faults[:min(len(r.Faults), faultsInASentence)] {
		told = append(told, fault.String())
	}
	if rest := len(r.Faults) - len(told) + r.More; rest > 0 {
		told = append(told, fmt.Sprintf("and %d more", rest))
	}
	return fmt.Sprintf("the roster file %s is refused, and nothing of it is used: %s", clean(filepath.Base(r.Path)), strings.Join(told, "; "))
}

// refusedWhole is a file that can't be looked into at all.
func refusedWhole(path, format string, values ...any) error {
	return &Refused{Path: path, Faults: []Fault{{Text: fmt.Sprintf(format, values...)}}}
}

// faults collects what is wrong.
type faults struct {
	list []Fault
	more int
}

func (f *faults) add(line, column int, heading, format string, values ...any) {
	if len(f.list) >= mostFaults {
		f.more++
		return
	}
	f.list = append(f.list, Fault{Line: line, Column: column, Heading: heading, Text: fmt.Sprintf(format, values...)})
}

func (f *faults) none() bool { return len(f.list) == 0 }

func (f *faults) sort() {
	slices.SortStableFunc(f.list, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
}
