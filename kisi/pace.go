package kisi

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	usualRate = 4.0 // Kisi allows 5 a second and user, shared with the dashboard (kisi-api.md trap 17)
	highest   = 5.0 // against anything but loopback
	slowest   = 0.25
	steps     = 16 // successes that bring the full rate back from nothing
	spare     = 4  // for four ordinary requests there is one in reserve: the fifth that Kisi allows
)

// pace is the one limiter of a client. A 429 halves it, each success gives a sixteenth of the full rate
// back. At 4 a second that takes about 14 seconds from the floor; where every fifth request is throttled it
// swings between 1 and 2, and doesn't sink to the floor for good as it would if only long runs of success counted.
//
// Beside it lies a reserve of a quarter of the rate, for what is urgent: one request at once, so that somebody in front of a
// door doesn't wait behind a long run. Both together stay within what Kisi allows.
type pace struct {
	limiter *rate.Limiter
	reserve *rate.Limiter
	full    rate.Limit

	mutex sync.Mutex // reading and setting the limit belong together
}

func newPace(perSecond float64) *pace {
	full := rate.Limit(perSecond)
	return &pace{limiter: rate.NewLimiter(full, 1), reserve: rate.NewLimiter(full/spare, 1), full: full}
}

// urgentKey marks a context whose calls may use the reserve.
type urgentKey struct{}

// Urgent lets calls with this context use the reserve where the limiter would make them wait.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

func (p *pace) wait(ctx context.Context) error {
	if urgent, _ := ctx.Value(urgentKey{}).(bool); urgent && (p.limiter.Allow() || p.reserve.Allow()) {
		return nil
	}
	return p.limiter.Wait(ctx)
}

// delay is how long an ordinary call would wait now.
func (p *pace) delay() time.Duration {
	missing, limit := 1-p.limiter.Tokens(), float64(p.limiter.Limit())
	if missing <= 0 || limit <= 0 {
		return 0
	}
	return time.Duration(missing / limit * float64(time.Second))
}

func (p *pace) now() float64 { return float64(p.limiter.Limit()) }

func (p *pace) throttled() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.set(max(p.limiter.Limit()/2, min(slowest, p.full)))
	p.reserve.Allow() // who was told to slow down has nothing in reserve
}

func (p *pace) succeeded() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.limiter.Limit() < p.full {
		p.set(min(p.full, p.limiter.Limit()+p.full/steps))
	}
}

func (p *pace) set(limit rate.Limit) {
	p.limiter.SetLimit(limit)
	p.reserve.SetLimit(limit / spare)
}
