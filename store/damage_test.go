package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// wholeFile is a state file with enough in it to have many pages.
func wholeFile(t *testing.T) []byte {
	t.Helper()
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutStandings(manyRows(300), time.Unix(1, 0)) })
	for range 30 {
		if err := countOnce(store); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// useAll opens the content as a state file and reads and writes everywhere. It gives the first error, and fails the
// test when the file was changed although it was refused.
func useAll(t *testing.T, content []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gym.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := Open(path)
	if err != nil {
		after, readErr := os.ReadFile(path)
		if readErr != nil || string(after) != string(content) {
			t.Errorf("the refused file was changed (%v)", readErr)
		}
		return err
	}
	if err := store.View(readAll); err != nil {
		return err
	}
	return store.Update(func(tx *Tx) error {
		if err := readAll(tx); err != nil {
			return err
		}
		return tx.PutStandings(manyRows(400), time.Unix(2, 0))
	})
}

func readAll(tx *Tx) error {
	for _, read := range []func() error{
		func() error { _, err := tx.Changes(); return err },
		func() error { _, _, err := tx.Settings(); return err },
		func() error { _, _, err := tx.Standings(); return err },
		func() error { _, err := tx.Journal(0, 0, ""); return err },
		func() error { _, err := tx.Journal(0, 0, "m1"); return err },
		func() error { _, err := tx.Ledger(); return err },
		func() error { _, err := tx.Lost(); return err },
		func() error { _, err := tx.Progress(); return err },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func expectDamaged(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "gym.db") || !strings.Contains(err.Error(), "put a backup in its place") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoStateFileIsRefused(t *testing.T) {
	whole := wholeFile(t)
	if err := useAll(t, whole); err != nil {
		t.Fatalf("the whole file is refused, so the cases below would prove nothing: %v", err)
	}
	source := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for index := range noise {
		noise[index] = byte(source.Uint32())
	}
	zeros := make([]byte, 65536)
	for name, content := range map[string][]byte{
		"empty": {}, "one byte": {1}, "text": []byte("this is not a database"), "noise": noise, "short noise": noise[:5000], "zeros": zeros,
	} {
		t.Run(name, func(t *testing.T) { expectDamaged(t, useAll(t, content)) })
	}
	// The highest page in use is near the end, so everything shorter is cut off.
	for _, size := range []int{1, 100, 4096, 4097, 8191, 8192, 8193, 12288, 16384, 40000, 300_000, len(whole) / 2} {
		t.Run(fmt.Sprintf("cut to %d of %d", size, len(whole)), func(t *testing.T) { expectDamaged(t, useAll(t, whole[:size])) })
	}
}

func TestOverwrittenPagesNeverPanic(t *testing.T) {
	whole := wholeFile(t)
	source := rand.New(rand.NewPCG(3, 4))
	refused := 0
	for range 60 {
		content := append([]byte(nil), whole...)
		start := source.IntN(len(content))
		length := min(1+source.IntN(6000), len(content)-start)
		for index := start; index < start+length; index++ {
			content[index] = byte(source.Uint32())
		}
		if err := useAll(t, content); err != nil {
			refused++
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Errorf("%d bytes of noise at %d: %v", length, start, err)
			}
		}
	}
	if refused < 8 {
		t.Errorf("only %d of 60 were noticed, so this test hardly tries anything", refused)
	}
}

// The memory map faults when the file is shorter than it was. Without care the process would die of it.
func TestAFaultIsAnErrorAndFreesTheFile(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.PutStandings(manyRows(300), time.Unix(1, 0)) })
	whole, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(func(*Tx) error) error{"View": store.View, "Update": store.Update} {
		t.Run(name, func(t *testing.T) {
			err := run(func(tx *Tx) error {
				if err := os.Truncate(store.Path(), 8192); err != nil {
					return err
				}
				_, _, err := tx.Standings()
				return err
			})
			expectDamaged(t, err)
			if err := os.WriteFile(store.Path(), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			update(t, store, func(tx *Tx) error { return tx.PutLink("m1", 7) })
		})
	}
}

func TestAnUnreadableRecordIsDamage(t *testing.T) {
	store := newStore(t)
	update(t, store, func(tx *Tx) error { return tx.put(singlesBucket, []byte(settingsKey), []byte("{"), settingsPart) })
	expectDamaged(t, store.View(func(tx *Tx) error { _, _, err := tx.Settings(); return err }))
}

// withBolt changes a file behind the store's back.
func withBolt(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
}

func setVersion(version uint64) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(metaBucket)).Put([]byte(versionKey), binary.BigEndian.AppendUint64(nil, version))
	}
}

func TestANewerFileIsLeftAlone(t *testing.T) {
	store := newStore(t)
	withBolt(t, store.Path(), setVersion(schemaVersion+1))
	before, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	_, openErr := Open(store.Path())
	for name, err := range map[string]error{
		"Open":   openErr,
		"View":   store.View(func(*Tx) error { return nil }), // a service that was running when the file was migrated
		"Update": store.Update(func(tx *Tx) error { return tx.PutLink("m1", 7) }),
	} {
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), store.Path()) ||
			!strings.Contains(err.Error(), fmt.Sprintf("version %d", schemaVersion+1)) ||
			!strings.Contains(err.Error(), fmt.Sprintf("up to %d", schemaVersion)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	after, err := os.ReadFile(store.Path())
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the newer file was changed")
	}
}

func TestMigrationsRunInOneTransaction(t *testing.T) {
	store := newStore(t)
	withBolt(t, store.Path(), setVersion(0))
	broken := errors.New("broken")
	nothing := func(*bbolt.Tx) error { return nil }
	steps := map[uint64]migration{1: nothing, 0: func(tx *bbolt.Tx) error {
		if err := tx.Bucket([]byte(linksBucket)).Put([]byte("m1"), []byte("7")); err != nil {
			return err
		}
		return broken
	}}
	if err := store.migrate(steps); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	expectDamaged(t, store.migrate(nil)) // nobody ever wrote a version 0
	steps[0] = func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(linksBucket)).Get([]byte("m1")) != nil {
			t.Error("the broken migration left something behind")
		}
		return tx.Bucket([]byte(linksBucket)).Put([]byte("m2"), []byte("8"))
	}
	if err := store.migrate(steps); err != nil {
		t.Fatal(err)
	}
	view(t, store, func(tx *Tx) error {
		links, err := tx.Links()
		if len(links) != 1 || links["m2"] != 8 {
			t.Errorf("after the migration: %v", links)
		}
		return err
	})
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gym.db")
	withBolt(t, path, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	_, err := Open(path)
	expectDamaged(t, err)
}

func TestOpenSaysWhatIsInItsWay(t *testing.T) {
	folder := t.TempDir()
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "a file is needed there") {
		t.Errorf("a folder: %v", err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "gym.db")); err == nil || !strings.Contains(err.Error(), "a file is needed there") {
		t.Errorf("below a file: %v", err)
	}
	pipe := filepath.Join(folder, "gym.db")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(pipe)
	expectDamaged(t, err)
}

func TestAFolderThatMayNotBeWrittenIsSaid(t *testing.T) {
	folder, err := os.MkdirTemp("", "kisiflow-store-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700); _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "gym.db")
	var said string
	if os.Geteuid() == 0 { // root may write everywhere, so a process without its rights has to try
		said = startChild(t, "open without rights", path).says(t)
	} else {
		_, err := Open(path)
		said = fmt.Sprint(err)
	}
	if !strings.Contains(said, "may not do this there") || !strings.Contains(said, folder) {
		t.Errorf("it said %q", said)
	}
}

func TestAFullDiskIsSaidAndKeepsTheFileWhole(t *testing.T) {
	store := newStore(t)
	if err := countOnce(store); err != nil {
		t.Fatal(err)
	}
	said := startChild(t, "full disk", store.Path()).says(t)
	if !strings.Contains(said, "is full") || !strings.Contains(said, store.Path()) {
		t.Errorf("it said %q", said)
	}
	if got := counted(t, store); got != 1 {
		t.Errorf("%d updates are there", got)
	}
	checkPages(t, store.Path())
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		err := explain("write", "gym.db", &os.PathError{Op: "write", Path: "gym.db", Err: errno})
		if !strings.Contains(err.Error(), "is full") || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := explain("open", "gym.db", syscall.EROFS); !strings.Contains(err.Error(), "read-only file system") {
		t.Error(err)
	}
}
