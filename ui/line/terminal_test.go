package line_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"kisiflow/ui/line"
)

func TestASecretIsNotEchoedOnATerminal(t *testing.T) {
	w := newWorld(t, 0)
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Skipf("there is no pseudo terminal here: %v", err)
	}
	defer func() { _ = terminal.Close() }()
	defer func() { _ = screen.Close() }()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	seen := &safe{}
	typed := make(chan struct{})
	go func() {
		defer close(typed)
		buffer := make([]byte, 4096)
		steps := []struct{ wait, text string }{
			{"path of a file: ", w.gymflow.URL + "\n"}, {"Token, not shown: ", w.gymflow.Token + "\n"}, {"API key, not shown: ", "wrong_key_typed\n"}, {"try again", "q\n"},
		}
		for len(steps) > 0 {
			n, err := screen.Read(buffer)
			if err != nil {
				return
			}
			_, _ = seen.Write(buffer[:n])
			if strings.HasSuffix(seen.String(), steps[0].wait) || strings.Contains(seen.String(), steps[0].wait) && steps[0].wait == "try again" {
				_, _ = screen.WriteString(steps[0].text)
				steps = steps[1:]
			}
		}
	}()
	err = line.Wizard(ctx, line.Terminal{In: terminal, Out: terminal, SecretFD: int(terminal.Fd())}, w.engine, w.state, "", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, seen.String())
	}
	<-typed
	output := seen.String()
	expect(t, output, "Kisi refused the key", w.gymflow.URL)
	if strings.Contains(output, w.gymflow.Token) || strings.Contains(output, "wrong_key_typed") {
		t.Errorf("a secret stands on the screen:\n%s", output)
	}
}
