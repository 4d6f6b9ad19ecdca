// Package line is the wizard and the live view as plain lines: for screen readers, dumb terminals and pipes. One question
// at a time, numbered choices with their defaults spoken, no colour, no box, and never a cursor that moves.
package line

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/termios"
	"golang.org/x/term"

	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// Terminal is where questions are asked. In need not be a terminal.
type Terminal struct {
	In       io.Reader
	Out      io.Writer
	SecretFD int // the terminal's descriptor, to read secrets without echo; -1 when In is none
	// Temporary: the state file goes when the process ends, as in a demo that is not to be kept.
	Temporary bool

	// Keeping is what the wizard offers at its end, to go on when nobody is logged in; nil for nothing.
	Keeping setup.Keeping

	By  string           // who acts, for requests and the journal; "" for whoever runs the engine
	Now func() time.Time // the clock by which things are said to have been; nil for time.Now
}

func (t Terminal) clock() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// ErrEndOfInput says that a person was needed and the input had ended.
var ErrEndOfInput = errors.New("the input ended")

// errBack and errQuit are what a person may type instead of an answer.
var (
	errBack = errors.New("back")
	errQuit = errors.New("quit")
)

// dialogue is one conversation over one reader: a second reader would lose what the first had read ahead.
type dialogue struct {
	terminal Terminal
	in       *bufio.Reader
	writing  error // the first failure to write; nothing is asked after it
}

func newDialogue(terminal Terminal) *dialogue {
	return &dialogue{terminal: terminal, in: bufio.NewReader(terminal.In)}
}

// say writes one line.
func (d *dialogue) say(parts ...string) { d.print(strings.Join(parts, "") + "\n") }

// sayf writes one line by a format.
func (d *dialogue) sayf(format string, arguments ...any) {
	d.print(fmt.Sprintf(format, arguments...) + "\n")
}

func (d *dialogue) print(text string) {
	if d.writing != nil {
		return
	}
	if _, err := io.WriteString(d.terminal.Out, text); err != nil {
		d.writing = fmt.Errorf("writing to the terminal: %w", err)
	}
}

// Write lets the printers of this package print into the conversation.
func (d *dialogue) Write(text []byte) (int, error) {
	d.print(string(text))
	return len(text), d.writing
}

// read waits for one line. The reading itself can't be ended from outside, so it is left behind when ctx ends: the
// process is about to end then.
func (d *dialogue) read(ctx context.Context, prompt string) (string, error) {
	d.print(prompt)
	if err := errors.Join(ctx.Err(), d.writing); err != nil {
		return "", err
	}
	return d.await(ctx)
}

// secret waits for a line that is not shown where that is possible. The echo goes off before the prompt is written, so
// that a quick paste is not shown either, and the line comes through the one reader.
func (d *dialogue) secret(ctx context.Context, prompt string) (string, error) {
	descriptor := d.terminal.SecretFD
	if descriptor < 0 || !term.IsTerminal(descriptor) {
		return d.read(ctx, prompt)
	}
	before, err := term.GetState(descriptor)
	if err == nil {
		err = termios.SetTermios(descriptor, 0, 0, nil, nil, nil, nil, map[termios.L]bool{termios.ECHO: false})
	}
	if err != nil {
		return "", fmt.Errorf("switching the terminal's echo off: %w", err)
	}
	text, err := d.read(ctx, prompt)
	if restored := term.Restore(descriptor, before); restored != nil {
		err = errors.Join(err, fmt.Errorf("switching the terminal's echo on again: %w", restored))
	}
	d.print("\n")
	return text, err
}

func (d *dialogue) await(ctx context.Context) (string, error) {
	type result struct {
		text string
		err  error
	}
	results := make(chan result, 1)
	go func() {
		text, err := d.in.ReadString('\n')
		if errors.Is(err, io.EOF) && text != "" {
			err = nil // the last line need not end in a line break
		}
		results <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-results:
		switch {
		case errors.Is(got.err, io.EOF):
			return "", ErrEndOfInput
		case got.err != nil:
			return "", fmt.Errorf("reading from the terminal: %w", got.err)
		}
		return strings.TrimRight(got.text, "\r\n"), nil
	}
}

// choice waits for a short answer: a number, a word, or nothing. b and q stand for back and quit.
func (d *dialogue) choice(ctx context.Context, prompt string) (string, error) {
	text, err := d.read(ctx, prompt+": ")
	text = words.Clean(text)
	if err != nil {
		return "", err
	}
	switch strings.ToLower(text) {
	case "b", "back":
		return "", errBack
	case "q", "quit":
		return "", errQuit
	}
	return text, nil
}

// text waits for a free text, in which only the whole words back and quit are commands.
func (d *dialogue) text(ctx context.Context, prompt string, hidden bool) (string, error) {
	read := d.read
	if hidden {
		read = d.secret
	}
	text, err := read(ctx, prompt+": ")
	if err != nil {
		return "", err
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "back":
		return "", errBack
	case "quit":
		return "", errQuit
	}
	return text, nil
}
