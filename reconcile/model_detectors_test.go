package reconcile

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/kisi"
)

// A watch that never barks proves nothing. Here kisiflow is made bad on purpose, and the model must notice.

// massCancel is a gym whose members are all cancelled at once, as by a mistake in Gymflow.
func massCancel() schedule {
	drawn := schedule{Members: make([]int, 40), Groups: 1, Mapped: 5, KisiPage: 250, GymPage: 200}
	drawn.Deeds = []deed{{Kind: "sync"}, {Kind: "cancel", B: 5, C: 1}, {Kind: "sync"}}
	return drawn
}

func exodus() schedule {
	drawn := schedule{Members: make([]int, 40), Groups: 1, Mapped: 5, KisiPage: 250, GymPage: 200}
	drawn.Deeds = []deed{{Kind: "sync"}, {Kind: "vanish", B: 4}, {Kind: "sync"}, {Kind: "sync"}, {Kind: "sync"}}
	return drawn
}

// TestTheGuardMatters switches the guard off: then the model must see that the gym is emptied unasked. Were the guard gone
// from the engine, the first half of this test and the model would fail.
func TestTheGuardMatters(t *testing.T) {
	t.Parallel()
	off := access.Limits{WeakCount: 1 << 30, WeakPercent: 100, StrongCount: 1 << 30, StrongPercent: 100, EmptyGroup: 1 << 30}
	for name, drawn := range map[string]schedule{"all cancelled": massCancel(), "a third vanished": exodus()} {
		if found, _ := runSchedule(t, drawn, access.DefaultLimits()); len(found) > 0 {
			t.Errorf("%s, with the guard: %v", name, found)
		}
		found, _ := runSchedule(t, drawn, off)
		if !strings.Contains(strings.Join(found, "\n"), "guard: ") {
			t.Errorf("%s: the guard is off, and nobody notices: %v", name, found)
		}
	}
}

// tampering sits between the client and the wire.
type tampering struct {
	*wire
	change func(*http.Request) *http.Request
}

func (t tampering) RoundTrip(request *http.Request) (*http.Response, error) {
	return t.wire.RoundTrip(t.change(request))
}

// onWire changes requests before the model sees them, as a faulty client would.
func onWire(change func(*model, *http.Request) *http.Request) func(*model) {
	return func(m *model) {
		m.options.KisiTransport = tampering{m.options.KisiTransport.(*wire), func(request *http.Request) *http.Request { return change(m, request) }}
	}
}

func deleteInstead(path func(*model) string) func(*model) {
	return onWire(func(m *model, request *http.Request) *http.Request {
		if request.Method != http.MethodDelete {
			return request
		}
		other := request.Clone(request.Context())
		other.URL.Path = path(m)
		return other
	})
}

func rightOf(m *model, which func(kisi.Right) bool) string {
	for _, right := range m.doors.Rights() {
		if which(right) {
			return "/role_assignments/" + strconv.FormatInt(right.ID, 10)
		}
	}
	return "/role_assignments/1"
}

func TestTheModelNotices(t *testing.T) {
	scene := schedule{Members: append(make([]int, 8), 19, 19), Groups: 1, Mapped: 5, KisiPage: 250, GymPage: 200}
	scene.Deeds = []deed{{Kind: "sync"}, {Kind: "cancel", A: 2, B: 1, C: 1}, {Kind: "sync"}}
	if found, _ := runSchedule(t, scene, access.DefaultLimits()); len(found) > 0 {
		t.Fatalf("untouched: %v", found)
	}
	for name, test := range map[string]struct {
		tamper func(*model)
		says   string
	}{
		"a right that somebody else made": {deleteInstead(func(m *model) string {
			return rightOf(m, func(right kisi.Right) bool { return right.AppliesToType == "Group" && !m.ours(right.ID) })
		}), "never ours"},
		"another member's right": {deleteInstead(func(m *model) string {
			return rightOf(m, func(right kisi.Right) bool {
				return m.ours(right.ID) && !strings.HasPrefix(right.AssigneeEmail, "m002")
			})
		}), "without evidence"},
		"a user": {deleteInstead(func(m *model) string {
			return "/users/" + strconv.FormatInt(m.doors.Users()[2].ID, 10)
		}), "destructive calls"},
		"a grant to somebody else": {onWire(func(m *model, request *http.Request) *http.Request {
			if request.Method != http.MethodPost || request.URL.Path != "/role_assignments" {
				return request
			}
			body := readAndRestore(request)
			at := strings.Index(body, `"assignee_id":`) + len(`"assignee_id":`)
			end := at + strings.IndexAny(body[at:], ",}")
			body = body[:at] + strconv.FormatInt(m.hand.ID, 10) + body[end:]
			request.Body, request.ContentLength = io.NopCloser(bytes.NewBufferString(body)), int64(len(body))
			return request
		}), "nobody of that e-mail deserves it"},
		"a forgotten ledger": {func(m *model) {
			m.options.KisiTransport = tampering{m.options.KisiTransport.(*wire), func(request *http.Request) *http.Request {
				if request.Method == http.MethodDelete && len(m.made) > 0 {
					for id := range m.made {
						delete(m.made, id) // as if they had never been made by us
					}
				}
				return request
			}}
		}, "is not ours"},
	} {
		found, _ := runSchedule(t, scene, access.DefaultLimits(), test.tamper)
		if !strings.Contains(strings.Join(found, "\n"), test.says) {
			t.Errorf("%s: the model says %q", name, found)
		}
	}
}
