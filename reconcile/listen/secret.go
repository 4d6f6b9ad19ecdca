package listen

import (
	"sync"

	"kisiflow/store"
)

// secret is the push secret in force. A new one counts from the next request on; the stored one is decrypted only when the
// settings changed, so that a flood of wrong signatures costs little.
type secret struct {
	store *store.Store
	given string // by a file at the start: it outranks the stored one

	mutex sync.Mutex
	known bool
	under uint64
	plain string
}

func (s *secret) now() (string, error) {
	if s.given != "" {
		return s.given, nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	err := s.store.View(func(tx *store.Tx) error {
		change, err := tx.Changes()
		if err != nil || s.known && change.Settings == s.under {
			return err
		}
		if s.plain, err = tx.Secret(store.PushSecret); err != nil {
			return err
		}
		s.known, s.under = true, change.Settings
		return nil
	})
	return s.plain, err
}
