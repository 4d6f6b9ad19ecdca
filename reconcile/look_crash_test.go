package reconcile

import (
	"slices"
	"testing"
)

// pushedAndDies is the part in which the process dies: everybody is pushed and looked at one by one, or pushed while a sync writes.
func (m *model) pushedAndDies(at int, during bool) *reaper {
	m.dying = &reaper{at: at}
	ids := len(m.known)
	deeds := []deed{{Kind: "looks"}}
	if during {
		deeds = []deed{{Kind: "sync", During: []deed{{Kind: "push", A: 0, B: 4, At: -2}}}, {Kind: "approve"}}
	} else {
		m.push(deed{A: 0, B: 4})
	}
	if ids == 0 {
		m.violated("nobody is there to be pushed")
	}
	for _, each := range deeds {
		if _, err := m.sync(each); err != nil || m.dying.dead {
			break
		}
	}
	last := m.dying
	m.dying = nil
	return last
}

// A look may die anywhere too: at every commit, and before and after the effect of every request.
func TestLooksConvergeWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]bool{"alone": false, "while a sync writes": true} {
		t.Run(name, func(t *testing.T) {
			points, want := 0, ""
			found := inEverything(t, func(m *model) {
				points = m.pushedAndDies(0, during).steps
				m.recover()
				want = m.end()
			})
			if len(found) > 0 {
				t.Fatalf("undisturbed:\n%s", list(found))
			}
			tried := 0
			apart := apartNow()
			if apart > 1 {
				apart = max(apart, 13) // the scene is a long one: the nightly mode tries every point
			}
			for at := 1; at <= points; at += apart {
				tried++
				found := inEverything(t, func(m *model) {
					if !m.pushedAndDies(at, during).dead {
						m.violated("the point was not reached")
					}
					m.recover()
					if got := m.end(); got != want {
						m.violated("another end:\n%s\nwant:\n%s", got, want)
					}
				})
				if len(found) > 0 {
					t.Fatalf("death at %d of %d:\n%s", at, points, list(found))
				}
			}
			t.Logf("%d of %d points at which the process may die", tried, points)
			if points < 50 || slices.Contains([]int{0, 1}, tried) {
				t.Errorf("only %d points: too little happened", points)
			}
		})
	}
}
