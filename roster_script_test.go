package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// replaceFile puts another file in the place of one, with a time of its own: replace newer.csv members.csv 1m. The time counts from an
// hour ago, so that no process waits for the file to settle.
func replaceFile(ts *testscript.TestScript, neg bool, arguments []string) {
	if neg || len(arguments) != 3 {
		ts.Fatalf("usage: replace from to age")
	}
	span, err := time.ParseDuration(arguments[2])
	ts.Check(err)
	content, err := os.ReadFile(ts.MkAbs(arguments[0]))
	ts.Check(err)
	path := ts.MkAbs(arguments[1])
	ts.Check(os.WriteFile(path, content, 0o600))
	at := time.Now().Add(span - time.Hour)
	ts.Check(os.Chtimes(path, at, at))
}

// growing is a file that somebody writes while the script goes on.
type growing struct {
	stop chan struct{}
	done sync.WaitGroup
}

type growingKey struct{}

// growFile writes a file row by row until it is called without a name: grow members.csv.
func growFile(ts *testscript.TestScript, _ bool, arguments []string) {
	if before, is := ts.Value(growingKey{}).(**growing); is && *before != nil {
		close((*before).stop)
		(*before).done.Wait()
		*before = nil
	}
	if len(arguments) == 0 {
		return
	}
	file, err := os.OpenFile(ts.MkAbs(arguments[0]), os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	writer := &growing{stop: make(chan struct{})}
	*ts.Value(growingKey{}).(**growing) = writer
	ts.Defer(func() { growFile(ts, false, nil) })
	writer.done.Go(func() {
		defer func() { _ = file.Close() }()
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			if _, err := file.WriteString("ann@roster.example,Unlimited Monthly,Active\n"); err != nil {
				return
			}
			select {
			case <-writer.stop:
				return
			case <-ticker.C:
			}
		}
	})
}

// settleFiles makes the script's own roster files an hour old, so that no process waits for them.
func settleFiles(folder string) error {
	at := time.Now().Add(-time.Hour)
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".csv" {
			return err
		}
		return os.Chtimes(path, at, at)
	})
}
