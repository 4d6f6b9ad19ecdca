package line

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kisiflow/reconcile"
	"kisiflow/store"
	"kisiflow/ui/words"
)

// live is the live view as a menu.
type live struct {
	*dialogue
	engine *reconcile.Engine
	state  *store.Store
	zone   *time.Location
	heard  bool // the menu was read out; it is not read again unless asked for
}

// Live shows how things stand and what can be done, as a menu. The caller runs engine.Loop beside it (or another process
// does).
func Live(ctx context.Context, terminal Terminal, engine *reconcile.Engine, state *store.Store) error {
	l := &live{dialogue: newDialogue(terminal), engine: engine, state: state, zone: time.Local}
	found, err := readStatus(state)
	if err != nil {
		return err
	}
	if !found.set {
		return reconcile.ErrNotSetUp
	}
	if err := l.readZone(); err != nil {
		return err
	}
	l.say("kisiflow. Type a number and press Enter; b goes back, q leaves.")
	err = PrintStatus(l, state, l.now())
	for err == nil {
		err = l.menu(ctx)
	}
	switch {
	case errors.Is(err, errQuit):
		return l.writing
	case errors.Is(err, ErrEndOfInput):
		l.say()
		if err == ErrEndOfInput { //nolint:errorlint // a wrapped one says where it ended
			err = fmt.Errorf("%w, and %s", ErrEndOfInput, l.comeBack())
		}
		l.say(problemWords(err))
		return l.writing
	case ctx.Err() != nil: // ctrl+c
		l.say()
		l.say(sentenceCase(l.comeBack()))
	}
	return err
}

// comeBack says what becomes of everything when somebody leaves without choosing to.
func (l *live) comeBack() string {
	if l.terminal.Temporary {
		return "nothing of this demo is kept. To begin anew: kisiflow demo"
	}
	return "nothing is lost. To come back: kisiflow"
}

func (l *live) now() time.Time { return l.terminal.clock().In(l.zone) }

// menu asks once what to do and does it. Back out of anything leads here.
func (l *live) menu(ctx context.Context) error {
	l.say()
	choices := []struct {
		label string
		do    func(context.Context) error
	}{
		{"How things stand", func(context.Context) error { return PrintStatus(l, l.state, l.now()) }},
		{"Members, all or by reason or name", l.members},
		{"One member: the reasons, a check, an override", l.explain},
		{"Associations and settings", l.settings},
		{"Sync now", l.syncNow},
		{"Held removals", l.held},
		{"Activity, and undo a run", l.activity},
		{"Leave", func(context.Context) error { return errQuit }},
	}
	labels := make([]string, len(choices))
	for i, choice := range choices {
		labels[i] = choice.label
	}
	number, err := l.fromMenu(ctx, labels)
	if err == nil {
		err = choices[number-1].do(ctx)
	}
	if isBack(err) {
		return nil
	}
	return err
}

// fromMenu reads the menu out the first time, and then on demand only: nobody wants to hear eight lines after each deed.
func (l *live) fromMenu(ctx context.Context, labels []string) (int, error) {
	if !l.heard {
		l.heard = true
		return l.pick(ctx, "What to do", labels, 1, 1)
	}
	last := len(labels)
	for {
		text, err := l.choice(ctx, fmt.Sprintf("Menu: a number from 1 to %d, or Enter to hear the list", last))
		if err != nil {
			return 0, err
		}
		number, err := strconv.Atoi(text)
		switch {
		case text == "", strings.EqualFold(text, "l"), strings.EqualFold(text, "m"):
			l.options(labels, 1, "")
		case err != nil || number < 1 || number > last:
			l.sayf("%s is not one of the choices. Type a number from 1 to %d.", quoted(text), last)
		default:
			return number, nil
		}
	}
}

func (l *live) associations(ctx context.Context) error {
	if err := l.saySwitchedOff(); err != nil {
		return err
	}
	return update(ctx, l.dialogue, l.engine, l.state, l.terminal.By)
}

func (l *live) syncNow(ctx context.Context) error {
	return l.request(ctx, store.Request{Kind: "sync", Trigger: "admin"})
}

// request queues work for whichever process runs the engine, and follows it.
func (l *live) request(ctx context.Context, request store.Request) error {
	settings, err := l.inForce()
	if err != nil {
		return err
	}
	if settings.Disabled() { // nobody takes a request up, so to wait for its run would be to wait for ever
		l.say(switchedOff)
		return nil
	}
	before, err := runsSoFar(l.state)
	if err != nil {
		return err
	}
	request.By, request.At = l.terminal.By, l.terminal.clock()
	err = l.state.Update(func(tx *store.Tx) error {
		_, err := tx.PutRequest(request)
		return err
	})
	if err != nil {
		return fmt.Errorf("asking for a sync: %w", err)
	}
	run, err := l.follow(ctx, l.state, before, request.Trigger)
	if err != nil {
		return err
	}
	PrintRun(l, run)
	return nil
}

// held shows the removals that wait for a word, and takes it.
func (l *live) held(ctx context.Context) error {
	found, err := readStatus(l.state)
	if err != nil {
		return err
	}
	if !found.anyHeld {
		l.say("No removals are held.")
		return nil
	}
	for _, why := range found.held.Why {
		l.say("Held: ", words.Clean(why))
	}
	printRemovals(l, found.held.Removals, true)
	removals := len(found.held.Removals)
	asked := "approve"
	switch {
	case found.held.Stale:
		l.say("Gymflow's data is too old, so approving does not help. When it is fresh, the removals are looked at again.")
		return nil
	case found.held.Untrusted:
		asked = "REMOVE " + strconv.Itoa(removals)
		l.say("Gymflow's list is empty or has lost half of its members. If that is a fault there, people who paid would lose access. Look in Gymflow first.")
	}
	if err := l.warnOfMails(); err != nil {
		return err
	}
	sure, err := l.typed(ctx, "Type "+asked+" to let "+theseRemovals(removals)+" happen, Enter to leave everything held", asked)
	if err != nil {
		return err
	}
	if !sure {
		l.say("Everything stays held.")
		return nil
	}
	return l.request(ctx, store.Request{Kind: "sync", Trigger: "approve", Approve: found.held.Fingerprint})
}

const switchedOff = "kisiflow is switched off, so nothing is synced or undone. Switch it on under Associations and settings."

func theseRemovals(n int) string {
	if n == 1 {
		return "this removal"
	}
	return "these " + words.Count(n, "removal")
}

// activityPage is how many entries are read out at once.
const activityPage = 20

func (l *live) activity(ctx context.Context) error {
	var before uint64
	for {
		var entries []store.Entry
		err := l.state.View(func(tx *store.Tx) (err error) {
			entries, err = tx.Journal(before, activityPage, "")
			return err
		})
		if err != nil {
			return fmt.Errorf("reading the activity: %w", err)
		}
		printEntries(l, entries, l.zone, true)
		last := len(entries) < activityPage
		if err := l.moreOrUndo(ctx, last); err != nil || last {
			return err
		}
		before = entries[len(entries)-1].Sequence
	}
}

// moreOrUndo asks what to do after a page; nil goes on.
func (l *live) moreOrUndo(ctx context.Context, last bool) error {
	prompt := "Activity: Enter for more, undo to undo a run, b to go back"
	if last {
		l.say("That is all.")
		prompt = "Activity: Enter to go back, undo to undo a run"
	}
	for {
		text, err := l.choice(ctx, prompt)
		switch {
		case err != nil || text == "":
			return err
		case strings.EqualFold(text, "undo"):
			if err := l.undo(ctx); err != nil {
				return err
			}
			return errBack
		}
		l.sayf("%s is no answer here.", quoted(text))
	}
}
