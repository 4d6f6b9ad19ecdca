package reconcile

import (
	"sync"
	"time"

	"kisiflow/store"
)

const (
	progressEvery = 250 * time.Millisecond // screens poll no faster
	rateWindow    = 2 * time.Minute        // long enough that a retry does not make the time left jump
	enoughWrites  = 5                      // before these the rate says nothing
	troublesShown = 5
)

// meter is the running run as screens see it. It is written to the state file at most four times a second.
type meter struct {
	write func(store.Progress) error
	now   func() time.Time

	mutex   sync.Mutex
	current store.Progress
	written time.Time
	marks   []mark // of the writing phase, oldest first
}

// mark is how far the writing was at an instant.
type mark struct {
	at   time.Time
	done int
}

// phase moves on to a phase, or along it. Reading Gymflow and Kisi go on at the same time: the one with more to do is shown.
func (m *meter) phase(phase string, done, total int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	changed := m.current.Phase != phase
	if changed && m.current.Total > total && isReading(phase) && isReading(m.current.Phase) && m.current.Done < m.current.Total {
		return
	}
	m.current.Phase, m.current.Done, m.current.Total = phase, done, total
	if changed && !isReading(phase) {
		m.marks = []mark{{time.Now(), done}}
		m.flush()
		return
	}
	m.flushIfDue()
}

func isReading(phase string) bool { return phase == phaseGymflow || phase == phaseKisi }

// step counts one write that was done, or given up.
func (m *meter) step(change func(*store.Progress)) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	change(&m.current)
	m.current.Done++
	m.measure(time.Now())
	m.flushIfDue()
}

// measure smooths the rate over the window and tells the time left in steps that do not flicker.
func (m *meter) measure(now time.Time) {
	m.marks = append(m.marks, mark{now, m.current.Done})
	for len(m.marks) > 2 && now.Sub(m.marks[0].at) > rateWindow {
		m.marks = m.marks[1:]
	}
	first := m.marks[0]
	took := now.Sub(first.at).Seconds()
	if took <= 0 || m.current.Done <= first.done {
		return
	}
	m.current.Rate = float64(m.current.Done-first.done) / took
	m.current.Left = 0
	if m.current.Done < enoughWrites {
		return
	}
	left := time.Duration(float64(m.current.Total-m.current.Done) / m.current.Rate * float64(time.Second))
	step := time.Second
	switch {
	case left > 10*time.Minute:
		step = time.Minute
	case left > time.Minute:
		step = 10 * time.Second
	}
	m.current.Left = (left + step - 1).Truncate(step)
}

// trouble shows the newest few things that went wrong.
func (m *meter) trouble(trouble store.Trouble) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.current.Troubles = append([]store.Trouble{trouble}, m.current.Troubles...)
	if len(m.current.Troubles) > troublesShown {
		m.current.Troubles = m.current.Troubles[:troublesShown]
	}
}

// last is the snapshot at the end of the run.
func (m *meter) last() store.Progress {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.current.Phase, m.current.Running, m.current.Left = phaseDone, false, 0
	m.current.UpdatedAt = m.now()
	return m.current
}

func (m *meter) flushIfDue() {
	if time.Since(m.written) >= progressEvery {
		m.flush()
	}
}

// flush writes the snapshot. A failure is no reason to stop: the next transaction of the run meets it too.
func (m *meter) flush() {
	m.written = time.Now()
	m.current.UpdatedAt = m.now()
	_ = m.write(m.current)
}
