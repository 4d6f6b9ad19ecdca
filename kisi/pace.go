package kisi

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

const (
	usualRate  = 4.0 // Kisi allows 5 a second and user, shared with the dashboard (kisi-api.md trap 17)
	highest    = 5.0 // against anything but loopback
	slowest    = 0.25
	raiseAfter = 10 // successes in a row, before the rate goes up again
)

// pace is the one limiter of a client. A 429 halves it; every tenth success in a row gives an eighth of
// the full rate back.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit

	mutex sync.Mutex
	row   int
}

func newPace(perSecond float64) *pace {
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), 1), full: rate.Limit(perSecond)}
}

func (p *pace) wait(ctx context.Context) error { return p.limiter.Wait(ctx) }

func (p *pace) now() float64 { return float64(p.limiter.Limit()) }

func (p *pace) throttled() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.row = 0
	p.limiter.SetLimit(max(p.limiter.Limit()/2, min(slowest, p.full)))
}

func (p *pace) succeeded() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.limiter.Limit() >= p.full {
		return
	}
	if p.row++; p.row >= raiseAfter {
		p.row = 0
		p.limiter.SetLimit(min(p.full, p.limiter.Limit()+p.full/8))
	}
}
