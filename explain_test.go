package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/store"
)

// desk is a gym on both sides with a state file, and the real command line in front of it.
type desk struct {
	t     *testing.T
	world *world
	state string
}

// newDesk starts an empty gym. The place, its groups and three people of the staff are there.
func newDesk(t *testing.T) *desk {
	t.Helper()
	w, err := startWorld(simulation{members: 0, seed: 7}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return &desk{t: t, world: w, state: filepath.Join(t.TempDir(), "club", "state.db")}
}

// call runs kisiflow in this process: the same code as the binary's main.
func (d *desk) call(exit int, arguments ...string) (out, errOut string) {
	d.t.Helper()
	var stdout, stderr bytes.Buffer
	arguments = append([]string{"--state", d.state, "--kisi-url", d.world.kisi.URL, "--rate", "5000"}, arguments...)
	if code := run(arguments, strings.NewReader(""), &stdout, &stderr); code != exit {
		d.t.Fatalf("kisiflow %s ended with %d, want %d: %s%s", strings.Join(arguments[6:], " "), code, exit, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

// setUp links both sides, with secrets from files as a script would.
func (d *desk) setUp(associate ...string) {
	d.t.Helper()
	folder := d.t.TempDir()
	arguments := []string{"setup", "--no-input", "--gymflow-url", d.world.gymflow.URL, "--place", strconv.FormatInt(d.world.place.ID, 10)}
	for flag, secret := range map[string]string{"kisi-key-file": d.world.kisi.Key, "gymflow-token-file": d.world.gymflow.Token} {
		path := filepath.Join(folder, flag)
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			d.t.Fatal(err)
		}
		arguments = append(arguments, "--"+flag, path)
	}
	for _, each := range associate {
		arguments = append(arguments, "--associate", each)
	}
	d.call(exitOK, arguments...)
}

// member puts a member with one good holding, changed as given.
func (d *desk) member(id, membership string, change func(*gymflow.Member)) {
	member := gymflow.Member{ID: id, Email: id + "@x.example", FirstName: "Mem", LastName: id, Holdings: []gymflow.Holding{{
		ID: "h_" + id, MembershipID: membership, Status: gymflow.Active, StartsOn: gymflow.Date{Year: 2024, Month: 1, Day: 1},
	}}}
	if change != nil {
		change(&member)
	}
	d.world.gymflow.Gym.Put(member)
}

func status(word gymflow.Status) func(*gymflow.Member) {
	return func(member *gymflow.Member) { member.Holdings[0].Status = word }
}

// peopleOfEveryReason makes one member for each reason that a single sync can give.
func (d *desk) peopleOfEveryReason() {
	const unlimited = gymflowtest.UnlimitedMonthly
	d.member("missed_payment", unlimited, status(gymflow.Overdue))
	d.member("paused", unlimited, status(gymflow.Paused))
	d.member("not_started", unlimited, status(gymflow.Pending))
	d.member("missing_permission", unlimited, func(m *gymflow.Member) { m.App = &gymflow.App{Bluetooth: new(false)} })
	d.member("not_included", gymflowtest.OnlineCoaching, nil)
	d.member("cancelled", unlimited, status(gymflow.Cancelled))
	d.member("expired", unlimited, status(gymflow.Expired))
	d.member("no_membership", unlimited, func(m *gymflow.Member) { m.Holdings = nil })
	d.member("blocked", unlimited, func(m *gymflow.Member) { m.Blocked = true })
	d.member("suspended", unlimited, nil)
	d.world.kisi.AddUser(kisi.User{Name: "Mem suspended", Email: "suspended@x.example", ScimEnabled: true})
	d.member("no_email", unlimited, func(m *gymflow.Member) { m.Email = "" })
	d.member("shared_email", unlimited, nil)
	d.member("shares", unlimited, func(m *gymflow.Member) { m.Email = "shared_email@x.example" })
	d.member("unknown_status", unlimited, status("on ice"))
	d.member("group_gone", gymflowtest.DayPass, nil)
	d.member("failed", unlimited, func(m *gymflow.Member) { m.Email = "not an address" })
	d.member("held", unlimited, nil)
	d.member("override", unlimited, nil)
	d.member("plain", unlimited, nil)
}

// TestExplainEveryReason makes one member for each reason code of design.md section 8 and asks the real command about
// each: the sentence, what mends it, and the evidence.
func TestExplainEveryReason(t *testing.T) {
	d := newDesk(t)
	d.member("waiting", gymflowtest.UnlimitedMonthly, nil)
	d.setUp(gymflowtest.UnlimitedMonthly+"=All hours", gymflowtest.DayPass+"=Sauna")
	d.explains(access.IsWaiting)

	d.peopleOfEveryReason()
	d.call(3, "sync") // one fails
	right := func() {
		for _, each := range d.world.kisi.Rights() {
			if each.AssigneeEmail == "held@x.example" {
				d.world.kisi.RemoveRight(each.ID)
			}
		}
	}
	right() // removed in Kisi by hand, given again, removed again: held
	d.call(3, "sync")
	right()
	d.world.kisi.RemoveGroup(d.world.group(groupSauna).ID)
	state, err := store.Open(d.state)
	if err != nil {
		t.Fatal(err)
	}
	err = state.Update(func(tx *store.Tx) error {
		return tx.PutOverride(access.Override{MemberID: "override", Kind: access.Block, By: "nora@desk", At: time.Now(), Note: "lost the key"})
	})
	if err != nil {
		t.Fatal(err)
	}
	d.call(3, "sync")
	for _, reason := range access.Reasons() {
		if reason != access.IsWaiting && reason != access.Stale {
			d.explains(reason)
		}
	}
	d.explainsPlainAccess()
	d.mendsTheHeld()

	d.oldData()
	d.explains(access.Stale)
}

// oldData lets Gymflow say of its own answers that they are a month old, after a member has left.
func (d *desk) oldData() {
	d.t.Helper()
	d.member("stale", gymflowtest.UnlimitedMonthly, nil)
	d.call(3, "sync")
	d.member("stale", gymflowtest.UnlimitedMonthly, status(gymflow.Cancelled))
	d.world.gymflow.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			kept := &keptAnswer{ResponseWriter: out}
			next.ServeHTTP(kept, in)
			var page map[string]any
			if json.Unmarshal(kept.body.Bytes(), &page) == nil && page["as_of"] != nil {
				page["as_of"] = time.Now().AddDate(0, -1, 0).UTC().Format(time.RFC3339)
				body, _ := json.Marshal(page)
				kept.body = *bytes.NewBuffer(body)
			}
			out.Header().Del("Content-Length")
			_, _ = out.Write(kept.body.Bytes())
		})
	})
	var stdout, stderr bytes.Buffer
	run([]string{"--state", d.state, "--kisi-url", d.world.kisi.URL, "--rate", "5000", "sync"}, strings.NewReader(""), &stdout, &stderr)
}

// keptAnswer holds an answer back.
type keptAnswer struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (k *keptAnswer) Write(part []byte) (int, error) { return k.body.Write(part) }

// explains asks the command about the member who is named after the reason.
func (d *desk) explains(reason access.Reason) {
	d.t.Helper()
	text, _ := d.call(exitOK, "explain", string(reason), "--json")
	var said struct{ Reason, Standing, Sentence, Fix, Detail string }
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		d.t.Fatal(err)
	}
	if said.Reason != string(reason) {
		d.t.Errorf("%s: the member stands as %q because of %q: %s", reason, said.Standing, said.Reason, said.Detail)
		return
	}
	// Only what will pass by itself needs no mending.
	if said.Sentence == "" || said.Detail == "" || (said.Fix == "") != (reason == access.IsWaiting) {
		d.t.Errorf("%s: sentence %q, fix %q, evidence %q", reason, said.Sentence, said.Fix, said.Detail)
	}
	plain, _ := d.call(exitOK, "explain", string(reason))
	parts := []string{said.Sentence, said.Fix, said.Detail}
	if reason == access.IsWaiting { // its evidence says more truly what it waits for
		parts = parts[1:]
		if strings.Contains(plain, said.Sentence) {
			d.t.Errorf("%s: %q stands above the evidence:\n%s", reason, said.Sentence, plain)
		}
	}
	for _, part := range parts { // one may stand within another, in the middle of a sentence
		part = strings.ReplaceAll(part, "kisiflow override", "kisiflow --state "+shellWord(d.state)+" override")
		if !strings.Contains(strings.ToLower(plain), strings.ToLower(strings.Join(strings.Fields(part), " "))) {
			d.t.Errorf("%s: %q is not in what explain prints:\n%s", reason, part, plain)
		}
	}
	d.t.Logf("%-18s %-9s %s | %s | %s", reason, said.Standing, said.Sentence, said.Fix, said.Detail)
}

// mendsTheHeld does what explain says of a right that was removed twice by hand, and the member is let in again.
func (d *desk) mendsTheHeld() {
	d.t.Helper()
	plain, _ := d.call(exitOK, "explain", "held")
	asked, _ := d.call(exitOK, "status")
	for _, text := range []string{plain, asked} {
		if !strings.Contains(text, shellWord(d.state)+" override held --follow") || strings.Contains(text, access.IsHeld.Fix()) {
			d.t.Errorf("nothing says how to give the right again:\n%s", text)
		}
	}
	d.call(exitOK, "override", "held", "--follow")
	d.call(3, "sync")
	if text, _ := d.call(exitOK, "explain", "held"); !strings.Contains(text, "Is in: All hours.") {
		d.t.Errorf("what it says does not help:\n%s", text)
	}
}

// explainsPlainAccess: whoever simply has access has evidence, and neither reason nor fix.
func (d *desk) explainsPlainAccess() {
	d.t.Helper()
	text, _ := d.call(exitOK, "explain", "plain", "--json")
	var said struct {
		Reason                *string
		Standing, Fix, Detail string
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		d.t.Fatal(err)
	}
	if said.Reason != nil || said.Standing != "access" || said.Fix != "" || said.Detail == "" {
		d.t.Errorf("%s", text)
	}
}
