package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func acquire(t *testing.T, store *Store) *Lease {
	t.Helper()
	lease, err := store.Acquire("sync")
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func expectBusy(t *testing.T, store *Store, pid int) {
	t.Helper()
	_, err := store.Acquire("sync")
	var busy *BusyError
	if !errors.As(err, &busy) || !errors.Is(err, ErrBusy) {
		t.Fatalf("Acquire answered %v", err)
	}
	if busy.Holder.PID != pid || !strings.Contains(err.Error(), fmt.Sprintf("process %d on", pid)) {
		t.Errorf("process %d is at work, but it says %v", pid, err)
	}
}

// stored changes the lease as another process, or a crash, would have left it.
func stored(t *testing.T, store *Store, change func(*leaseRecord)) {
	t.Helper()
	update(t, store, func(tx *Tx) error {
		record, there, err := single[leaseRecord](tx, leaseKey)
		if err != nil || !there {
			t.Fatalf("there is no lease: %v", err)
		}
		change(&record)
		return putSingle(tx, leaseKey, record, progressPart)
	})
}

func TestTheLeaseIsForOne(t *testing.T) {
	store := newStore(t)
	lease := acquire(t, store)
	expectBusy(t, store, os.Getpid())
	view(t, store, func(tx *Tx) error {
		holder, alive, err := tx.Leased()
		if !alive || holder.Purpose != "sync" || holder.PID != os.Getpid() {
			t.Errorf("the lease is of %+v, alive %v", holder, alive)
		}
		return err
	})
	if err := lease.Update(func(tx *Tx) error { return tx.PutLink("m1", 7) }); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
	second := acquire(t, store)
	err := lease.Update(func(*Tx) error { t.Error("a lost lease wrote"); return nil })
	if !errors.Is(err, ErrLeaseLost) || !errors.Is(lease.Beat(), ErrLeaseLost) {
		t.Errorf("a lost lease: %v", err)
	}
	if err := lease.Release(); err != nil {
		t.Errorf("giving back a lost lease: %v", err)
	}
	if err := second.Beat(); err != nil {
		t.Errorf("the second holder lost its lease to the first one's Release: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Fatal(err)
	}
	if err := second.Update(func(*Tx) error { return nil }); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("a lease given back: %v", err)
	}
}

func TestHeartbeats(t *testing.T) {
	store := newStore(t)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := start
	store.now = func() time.Time { return now }
	lease := acquire(t, store)
	heartbeat := func() (age time.Duration) {
		t.Helper()
		view(t, store, func(tx *Tx) error {
			holder, _, err := tx.Leased()
			age = holder.Heartbeat.Sub(start)
			return err
		})
		return age
	}
	nothing := func(*Tx) error { return nil }
	for _, c := range []struct {
		after time.Duration
		do    func() error
		want  time.Duration
	}{
		{time.Second, func() error { return lease.Update(nothing) }, 0}, // fresh enough: no write
		{time.Second, lease.Beat, time.Second},
		{3 * time.Second, func() error { return lease.Update(nothing) }, 3 * time.Second},
		{-time.Minute, func() error { return lease.Update(nothing) }, -time.Minute}, // the clock was set back
	} {
		now = start.Add(c.after)
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if got := heartbeat(); got != c.want {
			t.Errorf("%s after the start the heartbeat is of %s, want %s", c.after, got, c.want)
		}
	}
	now = now.Add(LeaseTimeout)
	expectBusy(t, store, os.Getpid())
	now = now.Add(time.Millisecond)
	acquire(t, store)
	if err := lease.Beat(); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("a process that hung for longer than the time-out: %v", err)
	}
}

func TestADeadHoldersLeaseIsFreeAtOnce(t *testing.T) {
	store := newStore(t)
	holder := startChild(t, "hold the lease", store.Path())
	holder.ready(t)
	expectBusy(t, store, holder.Process.Pid)
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitForZombie(t, holder.Process.Pid)
	lease := acquire(t, store) // nobody has waited for it yet: kill(pid, 0) still finds it
	if err := lease.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestADeadAndBuriedHoldersLeaseIsFreeAtOnce(t *testing.T) {
	store := newStore(t)
	holder := startChild(t, "hold the lease", store.Path())
	holder.ready(t)
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	acquire(t, store)
}

// waitForZombie returns when the kernel has ended the process. The kill is delivered at once, its work is not.
func waitForZombie(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		if state, _ := procStat(pid); state == "Z" {
			return
		}
	}
	t.Fatal("the killed process never ended")
}

func TestWhoseLeaseIsAlive(t *testing.T) {
	const far = LeaseTimeout + time.Second
	for _, c := range []struct {
		process life
		age     time.Duration
		want    bool
	}{
		{living, 0, true}, {living, LeaseTimeout, true}, {living, far, false}, {living, -far, true},
		{unknown, 0, true}, {unknown, LeaseTimeout, true}, {unknown, far, false}, {unknown, -LeaseTimeout, true}, {unknown, -far, false},
		{dead, 0, false}, {dead, far, false}, {dead, -far, false},
	} {
		if got := counts(c.process, c.age); got != c.want {
			t.Errorf("process %d with a heartbeat %s old: %v", c.process, c.age, got)
		}
	}
}

func TestLifeOfAProcess(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	pid := os.Getpid()
	mark := markOf(pid)
	if mark.Boot == "" || mark.Namespace == "" || mark.Start == "" {
		t.Fatalf("this system tells too little of processes: %+v", mark)
	}
	changed := func(change func(*processMark)) processMark {
		other := mark
		change(&other)
		return other
	}
	for name, c := range map[string]struct {
		host string
		mark processMark
		want life
	}{
		"this one":                       {host, mark, living},
		"elsewhere":                      {host + "x", mark, unknown},
		"before the reboot":              {host, changed(func(m *processMark) { m.Boot = "earlier" }), dead},
		"in a container":                 {host, changed(func(m *processMark) { m.Namespace = "pid:[1]" }), unknown},
		"an earlier one of that number":  {host, changed(func(m *processMark) { m.Start = "1" }), dead},
		"one that left no start, as pid": {host, changed(func(m *processMark) { m.Start = "" }), living},
	} {
		if got := lifeOf(c.host, pid, c.mark); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestALeaseOfAReusedPIDIsFree(t *testing.T) {
	store := newStore(t)
	acquire(t, store)
	expectBusy(t, store, os.Getpid())
	stored(t, store, func(record *leaseRecord) { record.Process.Start = "1" })
	acquire(t, store)
}

func TestBusyTextIsFitForATerminal(t *testing.T) {
	err := &BusyError{Holder: Holder{Host: "gym\x1b[31m\n", PID: 4711, Purpose: "watch", Since: time.Unix(0, 0)}}
	for _, word := range []string{"watch", "process 4711 on gym", "kill 4711"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("%q can steer a terminal", err)
	}
}
