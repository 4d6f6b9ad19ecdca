package listen

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// A signed push about who no longer pays closes the door, and one about who is new opens it.
func TestAPushClosesAndOpens(t *testing.T) {
	w := newWorld(t, 12)
	w.listening(100_000, &reconcile.Pace{})
	w.put(memberID(3), gymflow.Overdue)
	if status := w.push("evt_1", memberID(3)); status != http.StatusAccepted {
		t.Fatalf("status %d", status)
	}
	if method := w.nextWrite(); method != http.MethodDelete {
		t.Errorf("%s reached Kisi", method)
	}
	w.put("new", gymflow.Active)
	if status := w.push("evt_2", "new"); status != http.StatusAccepted {
		t.Fatalf("status %d", status)
	}
	w.nextWrite() // the person
	w.nextWrite() // the right
}

func TestWhatTheHooksAnswer(t *testing.T) {
	w := newWorld(t, 3)
	w.listening(100_000, nil)
	sign := func(body string) []string {
		return []string{"X-Gymflow-Signature", gymflow.SignPush(pushSecret, []byte(body))}
	}
	kisis := func(body string) []string {
		return []string{"X-Signature", kisi.SignEvent(KisiKey(pushSecret), []byte(body))}
	}
	sound := `{"id":"evt_1","type":"member.updated","member_id":"m0001"}`
	large := `{"id":"evt_9","type":"member.updated","member_id":"m0001","x":"` + strings.Repeat("x", largestBody) + `"}`
	event := fmt.Sprintf(`{"uuid":"u1","type":"user.update","object_type":"User","object_id":%d}`, w.userOf("m0002"))
	right := fmt.Sprintf(`{"uuid":"u2","type":"role_assignment.destroy","object_type":"RoleAssignment","object_id":%d}`, w.rightOf("m0001"))
	bare := strings.TrimPrefix(kisis(event)[1], "sha256=")
	for _, scene := range []struct {
		name, path, body string
		headers          []string
		status           int
		looks            []string
		sync             bool
	}{
		{"a push", "/hooks/gymflow", sound, sign(sound), 202, []string{"m0001"}, false},
		{"the same again", "/hooks/gymflow", sound, sign(sound), 202, nil, false},
		{"a membership", "/hooks/gymflow", `{"id":"evt_2","type":"membership.updated"}`, sign(`{"id":"evt_2","type":"membership.updated"}`), 202, nil, true},
		{"unsigned", "/hooks/gymflow", sound, nil, 401, nil, false},
		{"signed for another body", "/hooks/gymflow", sound + " ", sign(sound), 401, nil, false},
		{"malformed", "/hooks/gymflow", `{"id":"evt_3"}`, sign(`{"id":"evt_3"}`), 400, nil, false},
		{"malformed and unsigned", "/hooks/gymflow", `{"id":`, nil, 401, nil, false},
		{"too large", "/hooks/gymflow", large, sign(large), 413, nil, false},
		{"zapier by e-mail", "/hooks/zapier/" + strings.ReplaceAll(pushSecret, " ", "%20"), `{"email":"M0001@x.example"}`, nil, 202, []string{"m0001"}, false},
		{"zapier by id", "/hooks/zapier/" + strings.ReplaceAll(pushSecret, " ", "%20"), `{"member_id":"m0002"}`, nil, 202, []string{"m0002"}, false},
		{"zapier, wrong secret", "/hooks/zapier/guess", `{"member_id":"m0002"}`, nil, 401, nil, false},
		{"zapier, malformed", "/hooks/zapier/" + strings.ReplaceAll(pushSecret, " ", "%20"), `[]`, nil, 400, nil, false},
		{"zapier without a secret", "/hooks/zapier/", `{"member_id":"m0002"}`, nil, 404, nil, false},
		{"kisi about a person", "/hooks/kisi", event, kisis(event), 200, []string{"m0002"}, false},
		{"kisi again", "/hooks/kisi", event, []string{"X-Signature", bare}, 200, nil, false},
		{"kisi about a right of ours", "/hooks/kisi", right, kisis(right), 200, []string{"m0001"}, false},
		{"kisi about a group", "/hooks/kisi", `{"type":"group.update","object_type":"Group","object_id":1}`, kisis(`{"type":"group.update","object_type":"Group","object_id":1}`), 200, nil, true},
		{"kisi about a right that nobody knows", "/hooks/kisi", `{"type":"role_assignment.create","object_id":1}`, kisis(`{"type":"role_assignment.create","object_id":1}`), 200, nil, true},
		{"kisi about a door", "/hooks/kisi", `{"type":"lock.unlock","object_id":1}`, kisis(`{"type":"lock.unlock","object_id":1}`), 200, nil, false},
		{"kisi, signed by hand with the push secret", "/hooks/kisi", `{"type":"group.destroy"}`, []string{"X-Signature", kisi.SignEvent(pushSecret, []byte(`{"type":"group.destroy"}`))}, 200, nil, true},
		{"kisi, unsigned", "/hooks/kisi", event, nil, 401, nil, false},
		{"kisi, malformed", "/hooks/kisi", `{}`, kisis(`{}`), 400, nil, false},
	} {
		status, said, _ := w.post(scene.path, scene.body, scene.headers...)
		looks, sync := w.lookedAt(), w.wanted() != ""
		if status != scene.status || !slices.Equal(looks, scene.looks) || sync != scene.sync {
			t.Errorf("%s: status %d, looks %v, sync %v; want %d, %v, %v (%s)", scene.name, status, looks, sync, scene.status, scene.looks, scene.sync, said)
		}
	}
	if status, _ := w.get("/hooks/gymflow"); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", status)
	}
	for _, secret := range []string{pushSecret, strings.ReplaceAll(pushSecret, " ", "%20"), KisiKey(pushSecret), w.kisi.Key, w.gymflow.Token, "guess"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds a secret or a guess at one:\n%s", w.log.String())
		}
	}
}

func (w *world) userOf(id string) int64 { return w.entry(id).UserID }

func (w *world) rightOf(id string) int64 { return w.entry(id).RightID }

func (w *world) entry(id string) (found struct{ UserID, RightID int64 }) {
	w.view(func(tx *store.Tx) error {
		ledger, err := tx.Ledger()
		for _, entry := range ledger {
			if entry.MemberID == id {
				found.UserID, found.RightID = entry.UserID, entry.RightID
			}
		}
		return err
	})
	return found
}

// Kisi tells of our own removals too: they ask for nothing.
func TestOurOwnWritesAskForNothing(t *testing.T) {
	w := newWorld(t, 12)
	right := w.rightOf(memberID(3))
	w.put(memberID(3), gymflow.Overdue)
	engine := reconcile.New(w.store, reconcile.Options{Rate: 100_000})
	if _, err := engine.Sync(t.Context(), store.Request{Kind: "sync"}); err != nil {
		t.Fatal(err)
	}
	if again, err := engine.Hear(reconcile.Word{ID: "kisi u", Cause: reconcile.ChangedInKisi, RightID: right}); again || err != nil {
		t.Errorf("%v %v", again, err)
	}
	if looks, why := w.lookedAt(), w.wanted(); len(looks) > 0 || why != "" {
		t.Errorf("%v %q", looks, why)
	}
}

// Suspended by hand in Kisi: the person's own event shows it at once.
func TestASuspensionInKisiShows(t *testing.T) {
	w := newWorld(t, 3)
	w.listening(100_000, &reconcile.Pace{})
	user := w.userOf("m0001")
	w.kisi.SetSuspended(user, true)
	body := fmt.Sprintf(`{"uuid":"u1","type":"user.update","object_type":"User","object_id":%d}`, user)
	if status, _, _ := w.post("/hooks/kisi", body, "X-Signature", kisi.SignEvent(KisiKey(pushSecret), []byte(body))); status != 200 {
		t.Fatalf("status %d", status)
	}
	w.eventually(func() bool {
		reason := ""
		w.view(func(tx *store.Tx) error {
			rows, _, err := tx.Standings()
			for _, row := range rows {
				if row.ID == "m0001" && row.Reason != nil {
					reason = string(*row.Reason)
				}
			}
			return err
		})
		return reason == "suspended"
	})
}

// eventually waits for the state file to change until it is so.
func (w *world) eventually(is func() bool) {
	w.t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(2 * time.Minute)
	for !is() {
		select {
		case <-ticker.C:
		case <-end:
			w.t.Fatalf("it never was so; the log says:\n%s", w.log.String())
		}
	}
}

// An address that no list has shown yet: Gymflow itself is asked who it is.
func TestAnUnknownAddressAsksGymflow(t *testing.T) {
	for name, pace := range map[string]reconcile.Pace{"by a poll": {Poll: time.Hour}, "by a sync, where nothing polls": {}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.listening(100_000, &pace)
			w.put("new", gymflow.Active)
			if status, _, _ := w.post("/hooks/zapier/"+strings.ReplaceAll(pushSecret, " ", "%20"), `{"email":"new@x.example"}`); status != 202 {
				t.Fatalf("status %d", status)
			}
			w.nextWrite()
			w.nextWrite()
		})
	}
}

func TestPushesAreLimited(t *testing.T) {
	w := newWorld(t, 1)
	w.listening(100_000, nil, func(options *Options) { options.PerRemote = rate.Limit(0.5) })
	if status := w.push("evt_1", "m0000"); status != 202 {
		t.Fatalf("status %d", status)
	}
	for range 2 {
		w.push("evt_2", "m0000")
	}
	status, said, header := w.post("/hooks/gymflow", "x")
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || header.Get("Retry-After") == "0" || !strings.Contains(said, "too_many") {
		t.Errorf("status %d, Retry-After %q, %s", status, header.Get("Retry-After"), said)
	}
	if status, _ := w.get("/healthz"); status != http.StatusTooManyRequests {
		t.Errorf("/healthz: status %d", status)
	}
}

func TestLimitsForgetWhoRested(t *testing.T) {
	limits, now := newLimits(1, 1_000_000), time.Now()
	for i := range 3 * mostRemotes {
		now = now.Add(10 * time.Millisecond)
		limits.wait(fmt.Sprintf("10.%d.%d.%d:99", i>>16, i>>8&255, i&255), now)
	}
	if len(limits.remotes) > mostRemotes {
		t.Errorf("%d senders are remembered", len(limits.remotes))
	}
	one, other := remote("[2001:db8::1]:1"), remote("[2001:db8::ffff]:2")
	if one != other || remote("[::ffff:10.0.0.1]:1") != "10.0.0.1" || remote("nonsense") != "" {
		t.Errorf("%q, %q, %q", one, other, remote("[::ffff:10.0.0.1]:1"))
	}
}

// A client that sends its header drop by drop is hung up on, and others are served meanwhile.
func TestASlowClientHoldsNothingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a time-out")
	}
	w := newWorld(t, 1)
	w.listening(100_000, nil)
	slow, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if _, err := slow.Write([]byte("POST /hooks/gymflow HTTP/1.1\r\nHost: x\r\n")); err != nil {
		t.Fatal(err)
	}
	if status := w.push("evt_1", "m0000"); status != 202 {
		t.Errorf("status %d beside a slow client", status)
	}
	began := time.Now()
	_ = slow.SetReadDeadline(time.Now().Add(3 * headerTime))
	_, err = bufio.NewReader(slow).ReadString(0)
	if took := time.Since(began); err == nil || took > 2*headerTime {
		t.Errorf("it was hung up on after %v: %v", took, err)
	}
}

// A new secret counts at once, the old one no longer; without any nothing is taken.
func TestANewSecretCountsAtOnce(t *testing.T) {
	w := newWorld(t, 1)
	server := w.listening(100_000, nil)
	if !server.SecretStored() || w.push("evt_1", "m0000") != 202 {
		t.Error("the stored secret does not count")
	}
	w.update(func(tx *store.Tx) error { return tx.PutSecret(store.PushSecret, "another secret") })
	if status := w.push("evt_2", "m0000"); status != 401 {
		t.Errorf("the old secret: status %d", status)
	}
	w.update(func(tx *store.Tx) error { return tx.PutSecret(store.PushSecret, "") })
	if status, _, _ := w.post("/hooks/gymflow", "x", "X-Gymflow-Signature", gymflow.SignPush("", []byte("x"))); status != 401 || server.SecretStored() {
		t.Errorf("without a secret: status %d", status)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", " 127.0.0.1:0 ": "127.0.0.1:0", "localhost:80": "localhost:80", "[::1]:80": "[::1]:80",
		"0.0.0.0:80": "0.0.0.0:80 open", "[::]:80": "[::]:80 open", "10.0.0.5:80": "10.0.0.5:80 open", "gym.example:80": "gym.example:80 open",
		"": "error", "x": "error", "127.0.0.1": "error", "99999": "error", "127.0.0.1:http": "error", "::1": "error",
	} {
		got, open, err := Address(text)
		if open {
			got += " open"
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
