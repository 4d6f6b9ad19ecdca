package store

import (
	"fmt"
	"testing"
	"time"

	"kisiflow/access"
)

func manyRows(count int) []access.Row {
	rows := make([]access.Row, count)
	reason := access.MissedPayment
	for index := range rows {
		rows[index] = access.Row{
			ID: fmt.Sprintf("m%05d", index), Name: fmt.Sprintf("Member %d", index), Email: fmt.Sprintf("member%d@example.com", index),
			Memberships: []access.MembershipRef{{ID: "u1", Name: "Unlimited Monthly", Status: "active"}},
			Entitled:    []access.GroupRef{{ID: 11, Name: "All hours"}},
			Groups:      []access.GroupRef{{ID: 11, Name: "All hours"}},
			Standing:    access.HasAccess, Reason: &reason, Since: time.Date(2026, 11, 3, 4, 12, 0, 0, time.UTC),
			Detail: "Unlimited Monthly is active since 3 November.", UserID: int64(index),
		}
	}
	return rows
}

func BenchmarkView(b *testing.B) {
	store := newStore(b)
	for b.Loop() {
		view(b, store, func(tx *Tx) error { _, err := tx.Changes(); return err })
	}
}

func BenchmarkUpdate(b *testing.B) {
	store := newStore(b)
	update(b, store, func(tx *Tx) error { return tx.PutStandings(manyRows(5000), time.Now()) })
	done := 0
	for b.Loop() {
		done++
		update(b, store, func(tx *Tx) error { return tx.PutProgress(Progress{Done: done}) })
	}
}

func BenchmarkPutStandings(b *testing.B) {
	rows := manyRows(5000)
	for name, change := range map[string]func(int){
		"all differ": func(round int) {
			for index := range rows {
				rows[index].Detail = fmt.Sprint(round)
			}
		},
		"one differs": func(round int) { rows[0].Detail = fmt.Sprint(round) },
	} {
		b.Run(name, func(b *testing.B) {
			store := newStore(b)
			round := 0
			for b.Loop() {
				round++
				change(round)
				update(b, store, func(tx *Tx) error { return tx.PutStandings(rows, time.Unix(int64(round), 0)) })
			}
		})
	}
}

func BenchmarkStandings(b *testing.B) {
	store := newStore(b)
	update(b, store, func(tx *Tx) error { return tx.PutStandings(manyRows(5000), time.Now()) })
	for b.Loop() {
		view(b, store, func(tx *Tx) error { _, _, err := tx.Standings(); return err })
	}
}

// Another process writes one transaction after the other; what counts is that reading between them stays quick.
func BenchmarkViewBesideAWriter(b *testing.B) {
	store := newStore(b)
	startChild(b, "count for ever", store.Path()).ready(b)
	for b.Loop() {
		view(b, store, func(tx *Tx) error { _, err := tx.Changes(); return err })
	}
}
