package store

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// Whichever use of the file fails, the transaction fails with a sentence and leaves nothing behind.
func TestEachUseOfTheFileMayFail(t *testing.T) {
	state := newStore(t)
	write := func(tx *Tx) error {
		return errors.Join(tx.PutLink("ann", 7), tx.PutSettings(Settings{Zone: "Europe/Dublin"}))
	}
	uses, failing := 0, 0
	state.FailWith(func() error {
		uses++
		if uses == failing {
			return syscall.EIO
		}
		return nil
	})
	for failing = 1; ; failing++ {
		uses = 0
		err := state.Update(write)
		if uses < failing {
			if err != nil {
				t.Errorf("nothing failed, and yet: %v", err)
			}
			break
		}
		if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), state.Path()) {
			t.Errorf("use %d: %v", failing, err)
		}
		state.FailWith(nil)
		view(t, state, func(tx *Tx) error {
			links, err := tx.Links()
			if len(links) > 0 {
				t.Errorf("after use %d failed: %v", failing, links)
			}
			return err
		})
		state.FailWith(func() error {
			uses++
			if uses == failing {
				return syscall.EIO
			}
			return nil
		})
	}
	if failing < 5 {
		t.Errorf("only %d uses", failing)
	}
	t.Logf("%d uses", failing-1)
}
