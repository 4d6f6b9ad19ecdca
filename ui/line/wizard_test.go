package line_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/store"
	"kisiflow/ui/line"
	"kisiflow/ui/setup"
)

// answers are the usual way through, for the world's two groups.
func (w *world) answers() []string {
	return []string{
		w.gymflow.URL, "  " + w.gymflow.Token + " ", w.kisi.Key,
		"",       // the place
		"1", "1", // Unlimited Monthly: All hours
		"2", "2", // Off-peak: Off-peak hours
		"",          // go on
		"",          // managed
		"",          // take over who is there
		"names", "", // review, start
	}
}

func TestFromNothingToInStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	w.furnish()
	w.settle(t)
	output, err := w.wizard(t, w.answers()...)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	expect(t, output, "Step 1 of 6, Gymflow.", "switch off Gymflow's own Kisi integration", "My Account > API > Add API Key",
		"1. Dublin HQ, 1 Quay, 3 doors, Europe/Dublin", "Place, a number from 1 to 1, Enter for 1, Dublin HQ:", "Unlimited Monthly: opens All hours.",
		"is taken over", "Kisi will send no e-mails.", "gets All hours", "Step 6 of 6, Sync.", "given")
	settings, set := w.settings(t)
	if !set || settings.PlaceID != w.place.ID || settings.Zone != "Europe/Dublin" || settings.Unlocking != store.Managed {
		t.Errorf("in force: %+v", settings)
	}
	var run store.Run
	err = w.state.View(func(tx *store.Tx) error {
		runs, err := tx.Runs(1)
		if len(runs) > 0 {
			run = runs[0]
		}
		return err
	})
	if err != nil || run.Outcome != store.OutcomeDone || run.Granted == 0 || run.Failed != 0 {
		t.Errorf("the run: %+v, %v", run, err)
	}
	if len(w.kisi.Mails()) != 0 {
		t.Error("managed users got e-mails")
	}
	rights := 0
	for _, right := range w.kisi.Rights() {
		if right.AppliesToType == "Group" {
			rights++
		}
	}
	if rights != run.Granted+2 {
		t.Errorf("%d rights in Kisi, %d given", rights, run.Granted)
	}
}

func TestEnterAtEveryStepLeadsThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.furnish()
	prefill := &setup.Prefill{
		GymflowURL: w.gymflow.URL, Token: setup.SecretText(w.gymflow.Token), KisiURL: w.kisi.URL, Key: setup.SecretText(w.kisi.Key),
		PlaceID: w.place.ID, Groups: map[string]int64{gymflowtest.UnlimitedMonthly: w.allDay.ID},
	}
	output, err := w.talk(t, func(ctx context.Context, terminal line.Terminal) error {
		return line.Wizard(ctx, terminal, w.engine, w.state, "ann@desk", prefill)
	}, slices.Repeat([]string{""}, 12)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	expect(t, output, "Token, not shown, Enter for the stored one:", "Press enter again to take the 2 suggestions shown", "In step")
}

func TestEndOfInputAtEachQuestionLosesNothing(t *testing.T) {
	questions := len((&world{gymflow: &gymflowtest.Server{}, kisi: &kisitest.Server{}}).answers())
	for given := range questions {
		t.Run(fmt.Sprint(given), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 10)
			w.furnish()
			w.settle(t)
			all := w.answers()
			output, err := w.wizard(t, all[:given]...)
			if !errors.Is(err, line.ErrEndOfInput) || !strings.Contains(err.Error(), "nothing is lost") || !strings.Contains(err.Error(), "kisiflow setup") {
				t.Fatalf("it ended with %v\n%s", err, output)
			}
			w.untouched(t)
			// What was answered is not asked again: the rest of the answers leads to the end.
			rest := all[given:]
			switch {
			case given > 4 && given < 9: // the choices of an unfinished step are made again
				rest = all[4:]
			case given > 10: // who is there already may have changed since
				rest = all[10:]
			}
			if output, err := w.wizard(t, rest...); err != nil {
				t.Errorf("going on: %v\n%s", err, output)
			}
		})
	}
}

func TestWhatGoesWrongIsASentence(t *testing.T) {
	admin := kisi.User{ID: 910_000, Name: "Adam Admin", Email: "adam@gym.example", AccessEnabled: true}
	for _, test := range []struct {
		name    string
		prepare func(*world) (key string)
		lines   func(w *world, key string) []string
		says    []string
	}{
		{"wrong token", nil, func(w *world, _ string) []string { return []string{w.gymflow.URL, "gf_wrong"} },
			[]string{"Problem: Gymflow refused the token."}},
		{"wrong key", nil, func(w *world, _ string) []string { return []string{w.gymflow.URL, w.gymflow.Token, "wrong"} },
			[]string{"Problem: Kisi refused the key."}},
		{"key without rights", func(w *world) string { return w.kisi.AddKey(admin, "observer", "api") },
			func(w *world, key string) []string { return []string{w.gymflow.URL, w.gymflow.Token, key} },
			[]string{"rights are too few", "Adam Admin"}},
		{"an administrator's key", func(w *world) string { return w.kisi.AddKey(admin, "administrator", "api") },
			func(w *world, key string) []string { return []string{w.gymflow.URL, w.gymflow.Token, key} },
			[]string{"Warning: The Kisi key belongs to Adam Admin", "1. Go on with this key"}},
		{"another key instead", func(w *world) string { return w.kisi.AddKey(admin, "administrator", "api") },
			func(w *world, key string) []string {
				return []string{w.gymflow.URL, w.gymflow.Token, key, "2", w.kisi.Key}
			}, []string{"Which place?"}},
		{"gymflow down", func(w *world) string { w.gymflow.Close(); return "" },
			func(w *world, _ string) []string { return []string{w.gymflow.URL, w.gymflow.Token, "b"} },
			[]string{"Problem: Gymflow can't be reached at http://127.0.0.1", "Enter to try again", "Where is your Gymflow?"}},
		{"something else answers", func(w *world) string {
			w.gymflow.Wrap(func(http.Handler) http.Handler {
				return http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(http.StatusNotFound) })
			})
			return ""
		}, func(w *world, _ string) []string { return []string{w.gymflow.URL, w.gymflow.Token, "b", "https://"} },
			[]string{"Check the address", "Where is your Gymflow?", "That is not an address."}},
		{"no places", func(w *world) string { return "empty" },
			func(w *world, _ string) []string { return []string{w.gymflow.URL, w.gymflow.Token, w.kisi.Key} },
			[]string{"Problem: This Kisi organization has no places yet."}},
		{"no groups", func(w *world) string {
			w.kisi.RemoveGroup(w.allDay.ID)
			w.kisi.RemoveGroup(w.offPeak.ID)
			return ""
		}, func(w *world, _ string) []string {
			return []string{w.gymflow.URL, w.gymflow.Token, w.kisi.Key, "", "", "b"}
		},
			[]string{"has no access groups yet", "Which place?"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 5)
			if test.name != "no places" {
				w.furnish()
			}
			key := ""
			if test.prepare != nil {
				key = test.prepare(w)
			}
			output, err := w.wizard(t, test.lines(w, key)...)
			if !errors.Is(err, line.ErrEndOfInput) {
				t.Errorf("it ended with %v", err)
			}
			expect(t, output, test.says...)
			w.untouched(t)
			if key != "" && strings.Contains(output, key) {
				t.Error("the key was printed")
			}
		})
	}
}

func TestQuitAndBackWorkEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	w.furnish()
	output, err := w.wizard(t, "back", w.gymflow.URL, "back", "", "quit")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, output, "There is no step before this one.", "Address, or path of a file, Enter for "+w.gymflow.URL+":", "To go on where you were: kisiflow setup.")
	output, err = w.wizard(t, w.gymflow.Token, w.kisi.Key, "b", "", "", "1", "1", "b", "", "q")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, output, "Which place?", "API key, not shown, Enter for the stored one:", "1. Unlimited Monthly, ", "opens All hours")
	if strings.Count(output, "opens All hours") < 2 {
		t.Errorf("what was chosen was lost by going back:\n%s", output)
	}
}

func TestUpdateAndLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	w.furnish()
	w.settle(t)
	if output, err := w.wizard(t, w.answers()...); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	live := func(ctx context.Context, terminal line.Terminal) error {
		return line.Live(ctx, terminal, w.engine, w.state)
	}
	output, err := w.talk(t, live,
		"2", "access", "1", "", "b", // members with access, the first one's page
		"3", "stan", "@", "1", "check", "", // one member, looked at anew
		"5",           // sync now
		"6", "7", "b", // nothing held, activity
		"4", "1", "3", "1", "", "", "yes", "", // Student Monthly opens All hours too
		"1", "q")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	expect(t, output, "is linked with Dublin HQ in Kisi", "Access, ", `Nobody is called "stan".`, "What happened, newest first:",
		"0 access rights given", "No removals are held.", "Who they are in Kisi: ok.", "granted", "Student Monthly: opens All hours.", "How things stand")
	settings, _ := w.settings(t)
	opened := 0
	for _, association := range settings.Associations {
		if association.GroupID != 0 {
			opened++
		}
	}
	if opened != 3 {
		t.Errorf("associations in force: %+v", settings.Associations)
	}
	output, err = w.talk(t, live)
	if err != nil {
		t.Error(err)
	}
	expect(t, output, "The input ended, and nothing is lost. To come back: kisiflow.")
}

func TestASignalEndsTheWaitForAnAnswer(t *testing.T) {
	w := newWorld(t, 0)
	ctx, stop := context.WithCancel(t.Context())
	blocked := blockedReader{make(chan struct{})}
	defer close(blocked.released)
	ended := make(chan error, 1)
	go func() {
		ended <- line.Wizard(ctx, line.Terminal{In: blocked, Out: &safe{}, SecretFD: -1}, w.engine, w.state, "", nil)
	}()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// blockedReader never answers, as a terminal at which nobody sits.
type blockedReader struct{ released chan struct{} }

func (b blockedReader) Read([]byte) (int, error) {
	<-b.released
	return 0, errors.New("released")
}
