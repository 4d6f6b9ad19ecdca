package live

import (
	"testing"

	"kisiflow/store"
	"kisiflow/ui/tui/look"
)

func TestEmptyStatesSayWhatToDo(t *testing.T) {
	s := openStage(t, nil)
	s.expect("Nothing is set up yet.", "not set up")
	s.press("tab").expect("Press e to begin").press("s").expect("Press e to begin")
	s.press("tab").expect("Press e to begin")
	s.press("e")
	if len(s.asks) != 1 || s.asks[0] != (look.OpenWizard{}) {
		t.Errorf("e asked the root for %v, want the wizard from its beginning", s.asks)
	}
	s.press("tab").expect("Nothing is set up yet.")
	s.press("tab").expect("Nothing is set up yet.")

	s.update(func(tx *store.Tx) error { return tx.PutSettings(seedSettings()) }).poll()
	s.press("tab").expect("Press s to sync now")
}
