package kisi

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

const (
	usualRate = 4.0 // Kisi allows 5 a second and user, shared with the dashboard (kisi-api.md trap 17)
	highest   = 5.0 // against anything but loopback
	slowest   = 0.25
	steps     = 16 // successes that bring the full rate back from nothing
)

// pace is the one limiter of a client. A 429 halves it, each success gives a sixteenth of the full rate
// back. At 4 a second that takes about 14 seconds from the floor; where every fifth request is throttled it
// swings between 1 and 2, and doesn't sink to the floor for good as it would if only long runs of success counted.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit

	mutex sync.Mutex // reading and setting the limit belong together
}

func newPace(perSecond float64) *pace {
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), 1), full: rate.Limit(perSecond)}
}

func (p *pace) wait(ctx context.Context) error { return p.limiter.Wait(ctx) }

func (p *pace) now() float64 { return float64(p.limiter.Limit()) }

func (p *pace) throttled() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.limiter.SetLimit(max(p.limiter.Limit()/2, min(slowest, p.full)))
}

func (p *pace) succeeded() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.limiter.Limit() < p.full {
		p.limiter.SetLimit(min(p.full, p.limiter.Limit()+p.full/steps))
	}
}
