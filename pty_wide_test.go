package main

import (
	"strings"
	"testing"

	"kisiflow/ui/tui/wide/widetest"
)

// Names that terminals give a width of their own: wide letters, clusters, marks that combine, right to left.
var (
	wideFamilies = strings.Fields("王 本田 김 מזרחי الشمري 👩‍👩‍👧‍👦Byrne Nguyễn 歐陽 O\u0301Brien 渡邊 Ferrari☹️ शर्मा")
	wideFirsts   = strings.Fields("小明 太郎 민준 שרה محمد 🇮🇪Áine Zoë\u0301 美咲 🏋🏽‍♀️Max さくら क्षितिज 志明 Ann 결 李娜 1️⃣Bo ﷺ 陽菜 José 花子")
)

// renameWide gives all members such names.
func (g *gym) renameWide() {
	_, _, members := g.gymflow.Gym.Snapshot()
	for index, member := range members {
		member.FirstName, member.LastName = wideFirsts[index%len(wideFirsts)], wideFamilies[index/len(wideFirsts)%len(wideFamilies)]
		g.gymflow.Gym.Put(member)
	}
}

// The renderer writes a line with wide letters anew in every frame; ours must not: a Down cost 2.6 kB.
func TestBytesOnTheWireOfWideNames(t *testing.T) {
	t.Parallel()
	overSSH := terminal{columns: 120, rows: 40, environment: []string{"SSH_TTY=/dev/pts/9", "COLORTERM="}}
	g := newGym(t, scriptNow)
	g.renameWide()
	g.setUp(t)
	s := g.start(t, overSSH).Expect("Members 240", "● in step at", "▸ ", "王", "? help")
	s.measureKeys(3<<10 + 256) // a letter of these takes three bytes, a family of four 25
}

// emulated is the screen after all of it came over the wire, in a terminal that knows clusters.
func emulated(wire string) string {
	terminal := widetest.New(120, 40, true)
	_, _ = terminal.Write([]byte(wire))
	return terminal.Screen()
}

// However one came to a row, the screen shows what it shows when it is drawn anew.
func TestWideNamesLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	g := newGym(t, scriptNow)
	g.renameWide()
	g.setUp(t)
	s := g.start(t, terminal{columns: 120, rows: 40}).Expect("Members 240", "● in step at", "▸ ", "王", "? help")
	for _, key := range []string{"down", "up", "pgdown", "pgup"} {
		for range map[string]int{"down": 50, "up": 30, "pgdown": 3, "pgup": 2}[key] {
			s.step(key)
		}
		moved, begun := emulated(s.Wire()), len(s.Wire())
		s.Resize(119, 40) // fewer rows would move the window
		s.Resize(120, 40)
		s.until(func() bool { return s.terminal.CursorVisible() && emulated(s.raw.String()[begun:]) == moved }, "after "+key+", drawn anew, the screen that was:\n"+moved+"\n")
	}
	s.Press("q").Exit(0)
}

// Names whose letters join are shown as they are written, each as often as the search finds it.
func TestJoinedLettersReachTheTerminalWhole(t *testing.T) {
	t.Parallel()
	g := newGym(t, scriptNow)
	g.renameWide()
	g.setUp(t)
	s := g.start(t, terminal{columns: 120, rows: 40}).Expect("Members 240", "● in step at", "▸ ", "? help")
	for _, family := range []string{"शर्मा", "👩‍👩‍👧‍👦Byrne"} {
		s.Press("/").Expect("Search: ").Paste(family).Press("enter")
		s.until(func() bool {
			return s.terminal.CursorVisible() && strings.Count(strings.ReplaceAll(emulated(s.raw.String()), widetest.Half, ""), family) >= len(wideFirsts)/2
		}, "many times and whole: "+family)
		s.Press("esc").Gone("Search: ")
	}
	s.Press("q").Exit(0)
}
