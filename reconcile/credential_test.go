package reconcile

import (
	"testing"

	"kisiflow/store"
)

// A key that the service was handed is used in place of the stored one, and stores nothing.
func TestAGivenKeyIsUsedInPlaceOfTheStoredOne(t *testing.T) {
	w := newWorld(t, 0, 1)
	w.members(1, "A")
	w.setUp("A", w.groups[0])
	key, token := w.to.KisiKey, w.to.GymflowToken
	if err := w.store.Update(func(tx *store.Tx) error { return tx.PutSecret(store.KisiKey, "dead") }); err != nil {
		t.Fatal(err)
	}
	w.sync(exitRefused)
	w.options.KisiKey, w.options.GymflowToken = key, token
	w.restart()
	w.sync(0)
	w.view(func(tx *store.Tx) error {
		if stored, err := tx.Secret(store.KisiKey); err != nil || stored != "dead" {
			t.Errorf("the stored key was replaced: %v", err)
		}
		return nil
	})
}
