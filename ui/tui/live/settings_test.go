package live

import (
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

func TestAKeyThatWillDieIsToldBefore(t *testing.T) {
	newStage(t).size(80, 60).update(func(tx *store.Tx) error {
		settings := seedSettings()
		settings.Key.LoginType, settings.Key.Expires, settings.Key.LastUsedAt, settings.Key.CheckedAt = "device", true, s0(), s0()
		settings.Key.Problems = []string{"The Kisi key is the sign-in of a phone."}
		return tx.PutSettings(settings)
	}).poll().press("shift+tab").expect("The sign-in of a device that expires. Last used today 09:30. Checked today 09:30.", "sign-in of a phone", "not the organization's owner")
}

func TestTheSetupIsEnteredAtAnyStep(t *testing.T) {
	s := newStage(t).press("shift+tab").setting("Set-up").expect("Set up again from:").press("p")
	s.setting("Address").setting("Place").setting("Set-up").press("esc").setting("Set-up").press("r")
	want := []tea.Msg{look.OpenWizard{From: setup.StepPlace}, look.OpenWizard{From: setup.StepGymflow}, look.OpenWizard{From: setup.StepPlace}, look.OpenWizard{From: setup.StepReview}}
	if !slices.Equal(s.asks, want) {
		t.Errorf("asked the root for %v, want %v", s.asks, want)
	}
}

func TestAnotherScreensEditIsToldAndWithdrawsTheQuestion(t *testing.T) {
	grace := func(days int) func(*store.Settings) {
		return func(settings *store.Settings) { settings.GraceDays = days }
	}
	s := newStage(t).press("shift+tab").setting("Grace")
	s.edit("ola@desk-2", grace(3))
	s.expect("Changed meanwhile by ola@desk-2", "grace", "Look again", "Access stays for 3 days").press("z")
	if s.live.scene.prompt != nil || s.stored().GraceDays != 3 {
		t.Errorf("the question about the old value still stands, grace is %d", s.stored().GraceDays)
	}
	s.edit("nora@gym", grace(4))
	s.lacks("Changed meanwhile").press("shift+tab", "down", "down", "u", "u")
	s.edit("ola@desk-2", grace(5))
	s.expect("Undo run").lacks("Changed meanwhile")
}

func TestADeadKeyIsToldWhereItIsReplaced(t *testing.T) {
	s := newStage(t).size(80, 60).update(func(tx *store.Tx) error {
		settings := seedSettings()
		settings.Key.DiedAt, settings.Key.DiedWhy, settings.Key.LoginType = s0(), "Kisi answered 401: the login was revoked. Make a new key in Kisi and enter it: kisiflow setup.", "device"
		settings.Key.Expires, settings.Key.LastUsedAt, settings.Key.CheckedAt = true, s0(), s0()
		settings.Key.Problems = []string{"The Kisi key is the sign-in of a phone."}
		return tx.PutSettings(settings)
	}).poll().press("shift+tab")
	s.expect("! the Kisi key stopped working", "Kisi refuses the key of Nora Byrne since today 09:30.", "▸ Key", "Press enter to put another one in force.",
		"Kisi answered 401: the login was revoked. Make a new key in Kisi.")
	s.lacks("expires", "kisiflow setup")
	s.setting("Key").write("0123").press("enter").expect("The new key is in force", "A sync begins in a moment.").lacks("Delete the old one")
	if queued := s.requests(); len(queued) != 1 || queued[0].Kind != "sync" {
		t.Errorf("after a new key in place of a dead one %+v is asked for, want a sync", queued)
	}
}
