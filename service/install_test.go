package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeSystemctl puts a systemctl on PATH that notes how it was called, and answers as the script says.
func fakeSystemctl(t *testing.T, script string) (calls func() []string) {
	t.Helper()
	folder := t.TempDir()
	log := filepath.Join(folder, "log")
	text := "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$*\" >> '" + log + "'\nshift 3\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(folder, "systemctl"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	return func() []string {
		content, _ := os.ReadFile(log)
		return strings.Split(strings.TrimSpace(string(content)), "\n")
	}
}

const runningSystemd = `case "$1" in
is-system-running) echo degraded; exit 1;;
show) printf 'ActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\nStatusText=in step\033[2J\nNRestarts=3\nExecMainStatus=0\nActiveEnterTimestamp=Mon 2026-11-23 09:00:00 UTC\n';;
esac`

func TestInstallWritesEnablesAndStarts(t *testing.T) {
	calls := fakeSystemctl(t, runningSystemd)
	manager := Manager{Systemd{System: true}, filepath.Join(t.TempDir(), "systemd", "system")}
	unit := someUnit()
	unit.System = true
	done, err := manager.Install(t.Context(), unit)
	if err != nil || len(done) != 3 {
		t.Fatalf("%v, %v", done, err)
	}
	content, err := os.ReadFile(manager.Path("kisiflow"))
	if err != nil || string(content) != unit.Text() {
		t.Fatalf("%v: %s", err, content)
	}
	const with = "--system --no-pager --no-ask-password "
	want := []string{with + "is-system-running", with + "daemon-reload", with + "enable kisiflow.service", with + "restart kisiflow.service"}
	if !slices.Equal(calls(), want) {
		t.Errorf("systemctl was called with %q", calls())
	}
	state, err := manager.Status(t.Context(), "kisiflow")
	if err != nil || !state.Installed || !state.Enabled || !state.Running() || state.PID != 42 || state.Restarts != 3 || state.Says != "in step[2J" {
		t.Errorf("%+v, %v", state, err)
	}
	if done, err := manager.Remove(t.Context(), "kisiflow"); err != nil || len(done) != 2 {
		t.Errorf("%v, %v", done, err)
	}
	if _, err := os.Stat(manager.Path("kisiflow")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the unit is still there")
	}
	if !slices.Contains(calls(), with+"disable --now kisiflow.service") || !slices.Contains(calls(), with+"reset-failed kisiflow.service") {
		t.Errorf("systemctl was called with %q", calls())
	}
	if _, err := manager.Remove(t.Context(), "kisiflow"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("removed twice: %v", err)
	}
}

func TestOnlyItsOwnUnitIsReplacedOrRemoved(t *testing.T) {
	calls := fakeSystemctl(t, runningSystemd)
	manager := Manager{Systemd{}, t.TempDir()}
	if err := os.WriteFile(manager.Path("kisiflow"), []byte("[Service]\nExecStart=/bin/true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := manager.Install(t.Context(), someUnit()); !errors.Is(err, ErrForeign) {
		t.Errorf("install: %v", err)
	}
	if _, err := manager.Remove(t.Context(), "kisiflow"); !errors.Is(err, ErrForeign) {
		t.Errorf("remove: %v", err)
	}
	if content, _ := os.ReadFile(manager.Path("kisiflow")); !strings.Contains(string(content), "/bin/true") {
		t.Errorf("it was changed: %s", content)
	}
	if slices.ContainsFunc(calls(), func(call string) bool { return !strings.HasSuffix(call, "is-system-running") }) {
		t.Errorf("systemctl was called with %q", calls())
	}
	other := someUnit()
	other.Name = "other"
	if _, err := manager.Install(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	other.State = "/srv/another/state.db"
	if _, err := manager.Install(t.Context(), other); !errors.Is(err, ErrBadUnit) || !strings.Contains(err.Error(), "--name") {
		t.Errorf("another state file under the same name: %v", err)
	}
}

func TestWithoutSystemdNothingIsWritten(t *testing.T) {
	unit := someUnit()
	refuses := func(t *testing.T, system bool) {
		manager := Manager{Systemd{System: system}, filepath.Join(t.TempDir(), "units")}
		if _, err := manager.Install(t.Context(), unit); !errors.Is(err, ErrNoSystemd) {
			t.Errorf("install: %v", err)
		}
		if _, err := os.Stat(manager.Folder); !errors.Is(err, os.ErrNotExist) {
			t.Error("the folder was made")
		}
		if state, err := manager.Status(t.Context(), "kisiflow"); err != nil || state.Installed {
			t.Errorf("status: %+v, %v", state, err)
		}
	}
	t.Run("no systemctl", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		refuses(t, true)
	})
	t.Run("started otherwise", func(t *testing.T) {
		fakeSystemctl(t, "echo offline; echo 'System has not been booted with systemd' >&2; exit 1")
		refuses(t, true)
	})
	t.Run("no manager of the user's own", func(t *testing.T) {
		fakeSystemctl(t, "echo 'Failed to connect to bus' >&2; exit 1")
		refuses(t, false)
	})
}

func TestAStartThatFailsSaysWhereToLook(t *testing.T) {
	fakeSystemctl(t, `case "$1" in is-system-running) echo running;; restart) echo "Job for kisiflow.service failed." >&2; exit 1;; esac`)
	manager := Manager{Systemd{}, t.TempDir()}
	done, err := manager.Install(t.Context(), someUnit())
	if err == nil || len(done) != 2 || !strings.Contains(err.Error(), "Job for kisiflow.service failed.") || !strings.Contains(err.Error(), "journalctl --user --unit kisiflow") {
		t.Errorf("%v, %v", done, err)
	}
}

// A systemctl that hangs is ended with the command, and its end is not taken for an answer.
func TestAnEndedContextEndsTheCall(t *testing.T) {
	fakeSystemctl(t, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (Systemd{}).Runs(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := call(t.Context(), 1, "systemctl", "a", "b", "c"); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("%v", err)
	}
}

func TestLingering(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	if _, known := Lingers(t.Context(), "ann"); known {
		t.Error("known without loginctl")
	}
	for said, want := range map[string][2]bool{"yes": {true, true}, "no": {false, true}, "": {false, false}} {
		if err := os.WriteFile(filepath.Join(folder, "loginctl"), []byte("#!/bin/sh\necho "+said+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		if lingers, known := Lingers(t.Context(), "ann"); lingers != want[0] || known != want[1] {
			t.Errorf("%q: %v, %v", said, lingers, known)
		}
	}
}
