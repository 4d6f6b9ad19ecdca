package line

import (
	"context"
	"errors"
	"sync"
	"time"

	"kisiflow/ui/setup"
	"kisiflow/ui/words"
)

// speakEvery and speakPercent: progress is one line every so often, for those who listen to it.
const (
	speakEvery   = 10 * time.Second
	speakPercent = 10
)

// work waits for the machine's work, or asks what to do after it failed.
func (w *wizard) work(ctx context.Context, facts setup.Facts, question setup.Question) (setup.Answer, error) {
	if question.Problem != "" {
		text, err := w.choice(ctx, "Enter to try again, b to go back, q to leave")
		if err != nil {
			return setup.Answer{}, err
		}
		if text != "" {
			w.say("Press Enter alone to try again.")
		}
		return setup.Answer{Move: setup.Retry}, nil
	}
	progress := &spoken{said: time.Now()}
	results := make(chan setup.Answer, 1)
	go func() { results <- setup.Perform(ctx, w.engine, facts, progress.set) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case answer := <-results:
			if err := ctx.Err(); err != nil {
				return setup.Answer{}, err
			}
			if errors.Is(answer.Result.Err, context.Canceled) {
				return setup.Answer{}, answer.Result.Err
			}
			return answer, nil
		case <-ticker.C:
			if text := progress.line(time.Now()); text != "" {
				w.say(text)
			}
		}
	}
}

// spoken decides when progress is worth a line.
type spoken struct {
	mutex       sync.Mutex
	phase       string
	done, total int
	said        time.Time
	saidPhase   string
	saidPercent int
}

func (s *spoken) set(phase string, done, total int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.phase, s.done, s.total = phase, done, total
}

// line is the line to say now; "" for none.
func (s *spoken) line(now time.Time) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.phase == "" {
		return ""
	}
	percent := 0
	if s.total > 0 {
		percent = 100 * s.done / s.total
	}
	if s.phase != s.saidPhase {
		s.saidPhase, s.saidPercent = s.phase, 0
	}
	if percent-s.saidPercent < speakPercent && now.Sub(s.said) < speakEvery {
		return ""
	}
	s.said, s.saidPercent = now, percent
	return progressWords(s.phase, s.done, s.total)
}

func progressWords(phase string, done, total int) string {
	text := setup.PhaseWords(words.Clean(phase))
	switch {
	case total > 0:
		return text + ": " + words.Number(done) + " of " + words.Number(total) + "."
	case done > 0:
		return text + ": " + words.Number(done) + "."
	}
	return text + "."
}
