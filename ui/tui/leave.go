package tui

import (
	"os"

	tea "charm.land/bubbletea/v2"

	"kisiflow/store"
)

// leaveMessage says whether a run is going in this process, which leaving would interrupt.
type leaveMessage struct{ running bool }

// leave ends the program: at once, or when a run is going in this process after asking once. Asked a second time it
// ends whatever the answer, also when the state file can't be read.
func (r *root) leave() tea.Cmd {
	if r.leaving {
		return tea.Quit
	}
	r.leaving = true
	state := r.options.Store
	return func() tea.Msg {
		running := false
		err := state.View(func(tx *store.Tx) (err error) {
			running, err = runningHere(tx)
			return err
		})
		return leaveMessage{running && err == nil}
	}
}

func runningHere(tx *store.Tx) (bool, error) {
	progress, err := tx.Progress()
	if err != nil || !progress.Running {
		return false, err
	}
	holder, alive, err := tx.Leased()
	if err != nil || !alive {
		return false, err
	}
	host, err := os.Hostname()
	return holder.PID == os.Getpid() && holder.Host == host, err
}

// farewell is what to print when the screen is gone.
func (r *root) farewell() string {
	if r.wizard == nil || r.options.Demo {
		return ""
	}
	return r.wizard.Farewell()
}
