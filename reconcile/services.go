package reconcile

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// services are the two sides for the length of one piece of work. One client means one limiter.
type services struct {
	kisi    *kisi.Client
	gymflow gymflow.Source
	idle    []func() // what lets go of connections

	before          store.Requests // what others had asked of the same clients
	throttledBefore int
}

func (s *services) close() {
	for _, release := range s.idle {
		release()
	}
}

// connectKisi makes the client; it calls nothing.
func (e *Engine) connectKisi(to Access, rate float64) (*services, error) {
	transport := e.options.KisiTransport
	s := &services{}
	if transport == nil {
		own := ownTransport()
		transport, s.idle = own, append(s.idle, own.CloseIdleConnections)
	}
	if to.Audit || e.options.Audit {
		transport = readOnly{transport}
	}
	client, err := kisi.New(kisi.Options{
		BaseURL:    cmp.Or(e.options.KisiURL, to.KisiURL),
		Key:        to.KisiKey,
		Rate:       cmp.Or(e.options.Rate, rate),
		Transport:  transport,
		RetryPause: e.retryPause,
	})
	if err != nil {
		return nil, err
	}
	s.kisi = client
	return s, nil
}

// connectGymflow adds the source to services that may still lack it.
func (e *Engine) connectGymflow(to Access, s *services) error {
	if to.Roster.Given() {
		file, err := gymflow.NewFile(to.Roster, e.options.Now)
		if err != nil {
			return fmt.Errorf("the roster file: %w", err)
		}
		s.gymflow = file
		return nil
	}
	transport := e.options.GymflowTransport
	if transport == nil {
		own := ownTransport()
		transport, s.idle = own, append(s.idle, own.CloseIdleConnections)
	}
	source, err := gymflow.NewHTTP(gymflow.HTTPOptions{
		BaseURL: to.GymflowURL, Token: to.GymflowToken, Transport: transport, Now: e.options.Now,
	})
	if err != nil {
		return err
	}
	s.gymflow = source
	return nil
}

// connectAnew makes both sides.
func (e *Engine) connectAnew(to Access, rate float64) (*services, error) {
	s, err := e.connectKisi(to, rate)
	if err != nil {
		return nil, err
	}
	if err := e.connectGymflow(to, s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// ownTransport is one that this piece of work can close: no connection outlives a run.
func ownTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   2,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
