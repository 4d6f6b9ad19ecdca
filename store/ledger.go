package store

import (
	"kisiflow/access"
)

// Ledger gives all access rights that are ours, by right id.
func (t *Tx) Ledger() ([]access.LedgerEntry, error) {
	var entries []access.LedgerEntry
	err := records(t, ledgerBucket, func(_ []byte, entry access.LedgerEntry) {
		entries = append(entries, entry)
	})
	return entries, err
}

// PutLedger adds or replaces an entry (by right id); DeleteLedger closes one.
func (t *Tx) PutLedger(entry access.LedgerEntry) error {
	return putRecord(t, ledgerBucket, number(uint64(entry.RightID)), entry, other)
}

// DeleteLedger closes an entry.
func (t *Tx) DeleteLedger(rightID int64) error {
	return t.drop(ledgerBucket, number(uint64(rightID)), other)
}
