package reconcile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/store"
)

func TestOverridesActAtTheNextRun(t *testing.T) {
	w := linked(t, 4)
	told, err := w.engine.Override(access.Override{MemberID: "m001", Kind: access.Block, Note: "stole\x1b[2J a towel"}, false)
	if err != nil || told.Before != "follow the rules" || told.After != "block" || told.Name != "First m001" {
		t.Fatalf("%+v %v", told, err)
	}
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("%+v", run)
	}
	w.cancel("m002")
	today := gymflow.DateOf(time.Now().UTC())
	if told, err = w.engine.Override(access.Override{MemberID: "m002", Kind: access.Allow, Until: today.AddDays(3)}, true); err != nil {
		t.Fatal(err)
	}
	if run := w.sync(0); run.Revoked != 0 {
		t.Errorf("%+v", run)
	}
	if told, err = w.engine.Override(access.Override{MemberID: "m001"}, false); err != nil || told.Before != "block" {
		t.Fatalf("%+v %v", told, err)
	}
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("%+v", run)
	}
	w.view(func(tx *store.Tx) error {
		overrides, _ := tx.Overrides()
		entries, err := tx.Journal(0, 100, "m001")
		var set []store.Entry
		for _, entry := range entries {
			if entry.Kind == store.OverrideSet {
				set = append(set, entry)
			}
		}
		if len(set) != 2 || set[1].Evidence != "stole a towel" || set[1].By != "test@here" || set[0].Before != "block" || len(overrides) != 1 {
			t.Errorf("%+v %+v", set, overrides)
		}
		return err
	})
	request, found, err := (&loop{engine: w.engine}).next()
	if !found || err != nil || request.Kind != "sync" {
		t.Errorf("the asked sync: %+v %v", request, err)
	}
}

func TestOverridesThatAreRefused(t *testing.T) {
	w := linked(t, 1)
	yesterday := gymflow.DateOf(time.Now().UTC()).AddDays(-2)
	for name, test := range map[string]struct {
		override access.Override
		want     error
	}{
		"a day that is over": {access.Override{MemberID: "m000", Kind: access.Allow, Until: yesterday}, ErrPastDay},
		"no day":             {access.Override{MemberID: "m000", Kind: access.Allow}, ErrPastDay},
		"nobody":             {access.Override{MemberID: "m999", Kind: access.Block}, ErrNoMember},
	} {
		if _, err := w.engine.Override(test.override, false); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.engine.Override(access.Override{MemberID: "m000", Kind: "sideways"}, false); err == nil {
		t.Error("an unknown kind was stored")
	}
	if _, err := newWorld(t, 0, 1).engine.Override(access.Override{MemberID: "m000", Kind: access.Block}, false); !errors.Is(err, ErrNotSetUp) {
		t.Errorf("not set up: %v", err)
	}
}

func TestFollowForgetsWhatWasRemovedByHand(t *testing.T) {
	w := linked(t, 3)
	for range 2 {
		w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
		w.sync(0)
	}
	if len(w.in(w.groups[0])) != 2 {
		t.Fatal("it was given a third time")
	}
	told, err := w.engine.Override(access.Override{MemberID: "m001"}, false)
	if err != nil || told.Released != 1 {
		t.Errorf("%+v %v", told, err)
	}
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("%+v", run)
	}
	w.consistent()
}

// An allow that runs is set again to let go of what was removed by hand; to follow the rules ends it.
func TestOnlyFollowingTheRulesEndsAnAllow(t *testing.T) {
	w := linked(t, 3)
	w.cancel("m001")
	until := access.Override{MemberID: "m001", Kind: access.Allow, Until: gymflow.DateOf(time.Now().UTC()).AddDays(3)}
	if _, err := w.engine.Override(until, false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.kisi.RemoveRight(w.rightOf("m001", w.groups[0]).ID)
		w.sync(0)
	}
	row := w.rows()["m001"]
	if fix := row.Fix(); !strings.Contains(fix, "--allow-until "+until.Until.String()) {
		t.Errorf("to mend: %q", fix)
	}
	if told, err := w.engine.Override(until, false); err != nil || told.Released != 1 {
		t.Errorf("%+v %v", told, err)
	}
	if run := w.sync(0); run.Granted != 1 {
		t.Errorf("allowed once more: %+v", run)
	}
	if told, err := w.engine.Override(access.Override{MemberID: "m001"}, false); err != nil || told.Before != "allow until "+until.Until.String() {
		t.Errorf("%+v %v", told, err)
	}
	if run := w.sync(0); run.Revoked != 1 {
		t.Errorf("following the rules: %+v", run)
	}
	w.consistent()
}
