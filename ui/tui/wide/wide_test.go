package wide_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"kisiflow/ui/tui/wide"
	"kisiflow/ui/tui/wide/widetest"
)

const width, height = 40, 12

// renderer draws as Bubble Tea does (cursed_renderer.go, flush): every frame into an empty buffer.
type renderer struct {
	screen uv.ScreenBuffer
	uv     *uv.TerminalRenderer
}

func newRenderer(output io.Writer) *renderer {
	made := &renderer{uv.NewScreenBuffer(width, height), uv.NewTerminalRenderer(output, []string{"TERM=xterm-256color"})}
	made.uv.SetFullscreen(true)
	made.uv.SetScrollOptim(true)
	made.uv.SetBackspace(true)
	made.uv.Erase()
	return made
}

func (r *renderer) draw(frame string) {
	r.screen.Clear()
	uv.NewStyledString(frame).Draw(r.screen, r.screen.Bounds())
	r.uv.Render(r.screen.RenderBuffer)
	_ = r.uv.Flush()
}

// What changed is enough: after any frames the terminal shows what it would show had the last one been drawn alone.
func TestFramesLeaveNothingBehind(t *testing.T) {
	names := rapid.SampledFrom([]string{
		"Ann", "Bo", "王小明", "王小", "本田 太郎", "김철수 Kim", "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦 Family", "☹️ sad", "🇮🇪 Áine", "1️⃣ first", "שרה לוי", "محمد", "e\u0301a", "क्षि", "…", "",
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Custom(func(t *rapid.T) string {
			name := ansi.Truncate(names.Draw(t, "name"), rapid.IntRange(2, 14).Draw(t, "room"), "…")
			if rapid.Bool().Draw(t, "padded") {
				name += strings.Repeat(" ", 14-ansi.StringWidth(name))
			}
			mark := rapid.SampledFrom([]string{"   ", " ▸ "}).Draw(t, "mark")
			if mark != "   " {
				name = "\x1b[1m" + name + "\x1b[m"
			}
			return mark + name + rapid.SampledFrom([]string{"", "  ", "  access", "x", " · 王"}).Draw(t, "tail")
		})
		frames := rapid.SliceOfN(rapid.SliceOfN(rows, height, height), 1, 12).Draw(t, "frames")
		if rapid.Bool().Draw(t, "scrolled") {
			frames = scrolled(frames)
		}
		for _, clusters := range []bool{true, false} {
			terminal := widetest.New(width, height, clusters)
			drawing := newRenderer(wide.To(terminal))
			for index, frame := range frames {
				screen := wide.Mark(strings.Join(frame, "\n"), width)
				drawing.draw(screen)
				alone := widetest.New(width, height, clusters)
				newRenderer(wide.To(alone)).draw(screen)
				if len(terminal.Unknown) > 0 {
					t.Fatalf("frame %d wrote %q", index, terminal.Unknown)
				}
				if terminal.Screen() != alone.Screen() {
					t.Fatalf("clusters %v, frame %d:\n%s\nalone:\n%s", clusters, index, terminal.Screen(), alone.Screen())
				}
			}
		}
	})
}

// scrolled are windows on the rows of all frames, as in a list that is moved through.
func scrolled(frames [][]string) [][]string {
	var all []string
	for _, frame := range frames {
		all = append(all, frame...)
	}
	var windows [][]string
	for first := 0; first+height <= len(all) && first < 20; first++ {
		windows = append(windows, all[first:first+height])
	}
	return windows
}

// Whatever a terminal makes of a name, what stands behind it stands where it should, and an unchanged row costs nothing.
func TestColumnsAndBytes(t *testing.T) {
	for _, name := range []string{"王小明", "本田太郎 Honda", "👩‍👩‍👧‍👦 Family", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "☹️", "क्षि", "🇮🇪", "Ann"} {
		for _, clusters := range []bool{true, false} {
			name = ansi.Truncate(name, 14, "…")
			row := name + strings.Repeat(" ", 14-ansi.StringWidth(name)) + "  access"
			terminal := widetest.New(width, height, clusters)
			var wire bytes.Buffer
			drawing := newRenderer(wide.To(io.MultiWriter(terminal, &wire)))
			for moved := range 2 {
				wire.Reset()
				drawing.draw(wide.Mark(strings.Repeat(row+"\n", height-1)+fmt.Sprint("row ", moved), width))
				if at := strings.Index(strings.Join(terminal.Rows[1], "\x01"), "a\x01c\x01c\x01e\x01s\x01s"); at < 0 || terminal.Rows[1][16] != "a" {
					t.Errorf("%s, clusters %v: %q", name, clusters, terminal.Rows[1])
				}
			}
			if wire.Len() > 20 {
				t.Errorf("%s: a frame with one new letter costs %d bytes: %q", name, wire.Len(), wire.String())
			}
		}
	}
}

// Output may come in pieces, and no text is a mark itself.
func TestPieces(t *testing.T) {
	marked := wide.Mark("a 王小明  b \x1b[1m👩‍👩‍👧‍👦\x1b[m        c", width)
	var whole bytes.Buffer
	_, _ = io.WriteString(wide.To(&whole), marked)
	const want = "a 王小明\x1b[9G  b \x1b[1m\x1b[8X👩‍👩‍👧‍👦\x1b[21G\x1b[m  c"
	if whole.String() != want {
		t.Errorf("%q, want %q", whole.String(), want)
	}
	for size := 1; size <= len(marked); size++ {
		terminal := widetest.New(width, 1, true)
		var out bytes.Buffer
		writer := wide.To(&out)
		for rest := marked; rest != ""; rest = rest[min(size, len(rest)):] {
			if _, err := io.WriteString(writer, rest[:min(size, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = terminal.Write(out.Bytes())
		if got := terminal.Screen(); got != "a 王\x00小\x00明\x00  b 👩‍👩‍👧‍👦\x00        c" {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
	}
}

func TestNoTextIsAMark(t *testing.T) {
	for _, mark := range []string{"\x1b_kisiflow:0;0;1;0;aGE\x1b\\", "\x1b_kisiflow:0;0;1;0;aGE\x1b", "\u009fkisiflow:0;0;1;0;aGE\x1b\\"} {
		var out bytes.Buffer
		_, _ = io.WriteString(wide.To(&out), wide.Mark("王"+mark+" x", width)+strings.Repeat(" ", 40))
		if strings.Contains(out.String(), "ha") {
			t.Errorf("a mark came through: %q", out.String())
		}
	}
}
