package wide

import (
	"bytes"
	"encoding/base64"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// terminal is an output that Bubble Tea can ask for its size and put into raw mode.
type terminal interface {
	io.ReadWriteCloser
	Fd() uintptr
}

// To is a writer to output that writes the text of what Mark marked. It is a terminal where output is one.
func To(output io.Writer) io.Writer {
	w := &writer{output: output}
	if behind, is := output.(terminal); is {
		return &terminalWriter{behind, w}
	}
	return w
}

type terminalWriter struct {
	terminal
	writer *writer
}

func (t *terminalWriter) Write(chunk []byte) (int, error) { return t.writer.Write(chunk) }

type writer struct {
	mutex  sync.Mutex
	output io.Writer
	kept   []byte // the beginning of a marked cell whose rest has not come yet
	last   mark   // the marked cell that was written last
	whole  bool   // it and all before it of its span were written one after the other
}

// mark is one marked cell.
type mark struct {
	span  span
	index int
}

// Write writes a frame, or a part of one.
func (w *writer) Write(chunk []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	frame := chunk
	if len(w.kept) > 0 {
		frame = append(w.kept, chunk...)
		w.kept = nil
	}
	if bytes.IndexByte(frame, '\x1b') >= 0 {
		frame = w.unmarked(frame)
	}
	if _, err := w.output.Write(frame); err != nil {
		return 0, err
	}
	return len(chunk), nil
}

func (w *writer) unmarked(frame []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(frame))
	for len(frame) > 0 {
		at := bytes.IndexByte(frame, '\x1b')
		if at < 0 {
			at = len(frame)
		}
		if at > 0 {
			out.Write(frame[:at])
			frame, w.last = frame[at:], mark{}
			continue
		}
		if unfinished(frame) {
			w.kept = bytes.Clone(frame)
			break
		}
		found, size := parse(frame)
		if size == 0 {
			out.WriteByte(frame[0])
			frame, w.last = frame[1:], mark{}
			continue
		}
		frame = frame[size:]
		w.cell(&out, found, frame)
		next, _ := parse(frame)
		if found.index < found.span.cells-1 && next != (mark{found.span, found.index + 1}) && !unfinished(frame) {
			out.WriteString(ansi.CursorHorizontalAbsolute(found.span.column + found.index + 2))
			w.last = mark{} // the cursor is no longer where the span begins
		}
	}
	return out.Bytes()
}

// absolute is a move that leaves no doubt where the cursor is.
var absolute = regexp.MustCompile(`^\x1b\[[0-9;]*[GH]`)

// cell writes the text of a span in the place of its last cell: whatever the renderer does before, such as pushing the
// rest of the line aside for some of the cells, by then all cells of the span are there.
func (w *writer) cell(out *bytes.Buffer, found mark, rest []byte) {
	w.whole = found.index == 0 || w.whole && w.last == mark{found.span, found.index - 1}
	w.last = found
	if found.index < found.span.cells-1 {
		return
	}
	if !w.whole {
		out.WriteString(ansi.CursorHorizontalAbsolute(found.span.column + 1))
	}
	if found.span.loose {
		out.WriteString(ansi.EraseCharacter(found.span.cells))
	}
	out.WriteString(found.span.text)
	if absolute.Match(rest) {
		return
	}
	out.WriteString(ansi.CursorHorizontalAbsolute(found.span.column + found.span.cells + 1))
}

// unfinished tells whether a frame that begins with an escape ends within a marked cell.
func unfinished(frame []byte) bool {
	if len(frame) < len(opening) {
		return len(frame) > 0 && strings.HasPrefix(opening, string(frame))
	}
	if !bytes.HasPrefix(frame, []byte(opening)) {
		return false
	}
	end := bytes.Index(frame, []byte(closing))
	return end < 0 || len(frame) <= end+len(closing)
}

// parse reads the marked cell that a frame begins with; the size is 0 where there is none.
func parse(frame []byte) (mark, int) {
	if !bytes.HasPrefix(frame, []byte(opening)) {
		return mark{}, 0
	}
	body, _, closed := strings.Cut(string(frame[len(opening):]), closing)
	fields := strings.Split(body, ";")
	size := len(opening) + len(body) + len(closing) + 1 // and the blank that carries it
	if !closed || len(fields) != 5 || size > len(frame) {
		return mark{}, 0
	}
	var numbers [4]int
	for index := range numbers {
		number, err := strconv.Atoi(fields[index])
		if err != nil {
			return mark{}, 0
		}
		numbers[index] = number
	}
	text, err := base64.RawStdEncoding.DecodeString(fields[4])
	if err != nil {
		return mark{}, 0
	}
	return mark{span{string(text), numbers[0], numbers[2], numbers[3] == 1}, numbers[1]}, size
}
