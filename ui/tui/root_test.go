package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

func newTestRoot(t *testing.T, options Options) *root {
	t.Helper()
	state, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	options.Store, options.Engine, options.Now = state, reconcile.New(state, reconcile.Options{}), time.Now
	r, err := newRoot(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drain runs commands and what they lead to, without a program. It must not meet a timer.
func drain(t *testing.T, r *root, command tea.Cmd) (quit bool) {
	t.Helper()
	if command == nil {
		return false
	}
	switch message := command().(type) {
	case nil:
	case tea.BatchMsg:
		for _, each := range message {
			quit = drain(t, r, each) || quit
		}
	case tea.QuitMsg:
		return true
	default:
		_, next := r.Update(message)
		return drain(t, r, next)
	}
	return quit
}

func text(r *root) string { return ansi.Strip(r.View().Content) }

func char(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }

func TestTooSmallSaysSoAndGrowsBack(t *testing.T) {
	r := newTestRoot(t, Options{})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	drain(t, r, r.open(r.screen()))
	full := text(r)
	for _, size := range []tea.WindowSizeMsg{{Width: 39, Height: 10}, {Width: 40, Height: 9}, {Width: 5, Height: 2}} {
		r.Update(size)
		if got := strings.ReplaceAll(text(r), "\n", " "); size.Width > 5 && !strings.Contains(got, "terminal too small (need 40×10, have") {
			t.Errorf("at %v: %q", size, got)
		}
		if r.View().Cursor != nil {
			t.Errorf("at %v a cursor stands somewhere", size)
		}
	}
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if text(r) != full {
		t.Errorf("after growing back:\n%s\nwant:\n%s", text(r), full)
	}
	if lines := strings.Split(full, "\n"); len(lines) != 24 {
		t.Errorf("%d lines at 24", len(lines))
	}
}

func TestViewIsTheAlternateScreenWithoutMouse(t *testing.T) {
	r := newTestRoot(t, Options{})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	drain(t, r, r.open(r.screen()))
	view := r.View()
	if !view.AltScreen || view.MouseMode != tea.MouseModeNone || view.WindowTitle == "" {
		t.Errorf("view %+v", view)
	}
	if view.Cursor == nil || view.Cursor.Blink {
		t.Errorf("cursor %+v: want one that stands still", view.Cursor)
	}
}

func TestLettersAreTextWhileTyping(t *testing.T) {
	r := newTestRoot(t, Options{})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	drain(t, r, r.open(r.screen()))
	for _, letter := range "qb?" {
		if _, command := r.Update(char(letter)); drain(t, r, command) {
			t.Fatalf("%q ended the program", letter)
		}
	}
	if !strings.Contains(text(r), "qb?") {
		t.Errorf("the letters are not in the field:\n%s", text(r))
	}
	if _, command := r.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}); !drain(t, r, command) {
		t.Error("ctrl+c did not end the program")
	}
	if !strings.Contains(r.farewell(), "kisiflow setup") {
		t.Errorf("farewell %q", r.farewell())
	}
}

func TestHelpShowsTheScreensKeysAndCloses(t *testing.T) {
	r := newTestRoot(t, Options{StartLive: true})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	before := text(r)
	r.Update(char('?'))
	if got := text(r); !strings.Contains(got, "ctrl+c") || !strings.Contains(got, "any key closes this") {
		t.Errorf("help:\n%s", got)
	}
	if _, command := r.Update(char('q')); drain(t, r, command) {
		t.Error("q ended the program from within the help")
	}
	if text(r) != before {
		t.Errorf("after the help:\n%s", text(r))
	}
}

// running puts a run of this process into the state file.
func running(t *testing.T, state *store.Store) {
	t.Helper()
	lease, err := state.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lease.Release() })
	if err := lease.Update(func(tx *store.Tx) error { return tx.PutProgress(store.Progress{Run: "r1", Running: true}) }); err != nil {
		t.Fatal(err)
	}
}

func TestLeavingWhileARunGoesAsksOnce(t *testing.T) {
	r := newTestRoot(t, Options{StartLive: true})
	r.Update(tea.WindowSizeMsg{Width: 120, Height: 24})
	running(t, r.options.Store)
	leave := tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	if _, command := r.Update(leave); drain(t, r, command) {
		t.Fatal("the first ctrl+c left a run in the middle unasked")
	}
	if !strings.Contains(text(r), "A sync is running. ctrl+c again leaves; it finishes the call in hand and goes on next time.") {
		t.Errorf("no question:\n%s", text(r))
	}
	r.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	if strings.Contains(text(r), "A sync is running") {
		t.Error("esc did not take the question back")
	}
	_, command := r.Update(leave)
	drain(t, r, command)
	if _, command = r.Update(leave); !drain(t, r, command) {
		t.Error("the second ctrl+c did not leave")
	}
}

func TestLeavingAtOnceWhenNothingRuns(t *testing.T) {
	r := newTestRoot(t, Options{StartLive: true})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if _, command := r.Update(char('q')); !drain(t, r, command) {
		t.Error("q did not leave")
	}
	if r.farewell() != "" {
		t.Errorf("the live view says %q", r.farewell())
	}
}

func TestWizardAndLiveViewTakeTurns(t *testing.T) {
	r := newTestRoot(t, Options{StartLive: true})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	live := r.live
	r.Update(look.OpenWizard{Update: true})
	if r.wizard == nil || r.screen() == live {
		t.Fatal("the wizard did not open")
	}
	r.Update(look.OpenLive{})
	if r.screen() != live {
		t.Error("the live view is another one: its cursor and filter are lost")
	}
}

func TestBackgroundReachesTheScreens(t *testing.T) {
	r := newTestRoot(t, Options{})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	drain(t, r, r.open(r.screen()))
	dark := r.View().Content
	r.Update(tea.BackgroundColorMsg{Color: ansi.IndexedColor(15)})
	if r.theme.Dark || r.View().Content == dark {
		t.Error("a white background changed nothing")
	}
}

func TestNoColourDrawsNone(t *testing.T) {
	r := newTestRoot(t, Options{NoColour: true})
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	drain(t, r, r.open(r.screen()))
	if content := r.View().Content; strings.Contains(content, "38;") || strings.Contains(content, "48;") {
		t.Errorf("colour in %q", content)
	}
}

// TestRunEndsThoughTheTerminalStalls: nobody reads the output, and Run comes back all the same.
func TestRunEndsThoughTheTerminalStalls(t *testing.T) {
	r := newTestRoot(t, Options{})
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe() // a pipe that nobody reads blocks the first write for ever
	t.Cleanup(func() { _ = reader.Close() })
	keys, _ := io.Pipe()
	ended := make(chan error, 1)
	options := r.options
	options.Output, options.Input, options.Environment = writer, keys, []string{"TERM=xterm-256color"}
	go func() { ended <- Run(ctx, options) }()
	stop()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, ErrStalled) {
			t.Error(err)
		}
	case <-time.After(patience + time.Minute):
		t.Fatal("Run did not come back")
	}
}

func TestRunLeavesTheAlternateScreen(t *testing.T) {
	r := newTestRoot(t, Options{})
	options := r.options
	var output bytes.Buffer
	options.Output, options.Input = &output, strings.NewReader("\x03")
	options.Environment = []string{"TERM=xterm-256color"}
	if err := Run(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	written := output.String()
	if leaves := strings.LastIndex(written, ansi.ResetModeAltScreenSaveCursor); leaves < 0 {
		t.Errorf("the alternate screen was not left: %q", written)
	}
}
