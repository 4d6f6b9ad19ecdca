package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"kisiflow/access"
	"kisiflow/store"
	"kisiflow/ui/setup"
	"kisiflow/ui/tui/look"
)

// setUp is a root at the live view of an integration in force.
func setUp(t *testing.T) (*root, store.Settings) {
	t.Helper()
	r := newTestRoot(t, Options{StartLive: true})
	settings := store.Settings{
		GymflowURL: "https://bridge.riverside.example", GymflowName: "Riverside Gym", GymflowZone: "Europe/Dublin",
		Key: store.KeyFacts{UserID: 7, UserName: "Nora Byrne", Owner: true}, PlaceID: 3, PlaceName: "Dublin HQ", Zone: "Europe/Dublin",
		Associations: []access.Association{{MembershipID: "u", MembershipName: "Unlimited", GroupID: 11, GroupName: "All hours"}},
		Unlocking:    store.Managed, Limits: access.DefaultLimits(), SetUpAt: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC),
	}
	if err := r.options.Store.Update(func(tx *store.Tx) error {
		return tx.PutSettings(settings)
	}); err != nil {
		t.Fatal(err)
	}
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return r, settings
}

func TestTheSetupIsGoneThroughAgainAndEscComesBack(t *testing.T) {
	for _, step := range []setup.Step{setup.StepGymflow, setup.StepKey} {
		t.Run(step.String(), func(t *testing.T) {
			r, settings := setUp(t)
			live := r.live
			_, command := r.Update(look.OpenWizard{From: step})
			drain(t, r, command)
			if r.wizard == nil {
				t.Fatal("the wizard did not open")
			}
			if short, _ := r.bindings(); !strings.Contains(r.theme.HelpLine(short, 80), "esc") {
				t.Errorf("no word on how to come back:\n%s", text(r))
			}
			_, command = r.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
			drain(t, r, command)
			if r.wizard != nil || r.screen() != live {
				t.Fatalf("esc does not come back to the live view:\n%s", text(r))
			}
			err := r.options.Store.View(func(tx *store.Tx) error {
				after, _, err := tx.Settings()
				if diff := cmp.Diff(settings, after); diff != "" {
					t.Errorf("looking at the set-up changed it: %s", diff)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
