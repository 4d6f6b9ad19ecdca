package reconcile

import (
	"context"
	"errors"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// The exit codes of design.md section 8 that come from here.
const (
	exitFailed      = 1
	exitPartial     = 3
	exitHeld        = 4
	exitNotSetUp    = 10
	exitBusy        = 11
	exitRefused     = 12
	exitUnavailable = 75
	exitInterrupted = 130
)

// ExitCode gives the process exit code that an error of this package stands for; 0 for nil.
func ExitCode(err error) int {
	is := func(kinds ...error) bool {
		for _, kind := range kinds {
			if errors.Is(err, kind) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil:
		return 0
	case is(ErrNotSetUp, ErrDisabled):
		return exitNotSetUp
	case is(store.ErrBusy):
		return exitBusy
	case is(kisi.ErrUnauthorized, kisi.ErrForbidden, gymflow.ErrUnauthorized, gymflow.ErrForbidden):
		return exitRefused
	case is(context.Canceled):
		return exitInterrupted
	case is(kisi.ErrIncomplete, kisi.ErrUnavailable, kisi.ErrThrottled, kisi.ErrNotKisi,
		gymflow.ErrIncomplete, gymflow.ErrUnavailable, gymflow.ErrThrottled, gymflow.ErrNotGymflow,
		gymflow.ErrBeingWritten, gymflow.ErrNoFile, context.DeadlineExceeded):
		return exitUnavailable
	}
	return exitFailed
}
