package reconcile

import (
	"cmp"
	"sync"

	"kisiflow/store"
)

// kept are the services that outlive one piece of work while Loop runs: one limiter a key (design.md section 7), however many
// looks and syncs follow each other, and no new connection for each.
type kept struct {
	mutex    sync.Mutex
	keep     bool
	to       Access
	rate     float64
	services *services
	spent    Traffic // of those that were open before
}

// connect makes both sides, or lends those that are open already.
func (e *Engine) connect(to Access, rate float64) (*services, error) {
	to.KisiKey, to.GymflowToken = cmp.Or(e.options.KisiKey, to.KisiKey), cmp.Or(e.options.GymflowToken, to.GymflowToken)
	e.kept.mutex.Lock()
	defer e.kept.mutex.Unlock()
	if !e.kept.keep {
		return e.connectAnew(to, rate)
	}
	if e.kept.services == nil || !e.kept.to.same(to) || e.kept.rate != rate {
		opened, err := e.connectAnew(to, rate)
		if err != nil {
			return nil, err
		}
		e.kept.letGo()
		e.kept.services, e.kept.to, e.kept.rate = opened, to, rate
	}
	return e.kept.services.lend(), nil
}

// keepServices keeps them open from now on, until the function that it gives is called.
func (e *Engine) keepServices() (end func()) {
	e.kept.mutex.Lock()
	defer e.kept.mutex.Unlock()
	e.kept.keep = true
	return func() {
		e.kept.mutex.Lock()
		defer e.kept.mutex.Unlock()
		e.kept.keep = false
		e.kept.letGo()
	}
}

func (k *kept) letGo() {
	if k.services != nil {
		k.spent = k.spent.plus(k.services)
		k.services.close()
		k.services = nil
	}
}

// lend gives the same clients, with a count of their own. Closing them closes nothing.
func (s *services) lend() *services {
	lent := &services{kisi: s.kisi, gymflow: s.gymflow}
	lent.before, lent.throttledBefore = lent.requests()
	return lent
}

// requests is what the reading (and writing) has cost so far.
func (s *services) requests() (cost store.Requests, throttled int) {
	traffic := s.kisi.Stats()
	cost = store.Requests{
		KisiRead: traffic.Reads - s.before.KisiRead, KisiWrite: traffic.Writes - s.before.KisiWrite,
		Gymflow: s.gymflow.Stats().Requests - s.before.Gymflow,
	}
	return cost, traffic.Throttled - s.throttledBefore
}
