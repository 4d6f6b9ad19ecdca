package store

// FailWith lets a test make the state file fail where it likes: fault is asked before each transaction begins, before each
// use of one of the file's parts, and before the commit, and what it answers is treated as the disk's own error. No program
// calls it; the store has no other way to show its callers every failure that a disk may bring. nil takes it away again.
// It must not be called while the store is in use.
func (s *Store) FailWith(fault func() error) { s.fault = fault }

// trouble asks a test's fault, where there is one.
func (s *Store) trouble(action string) error {
	if s.fault == nil {
		return nil
	}
	if err := s.fault(); err != nil {
		return explain(action, s.path, err)
	}
	return nil
}
