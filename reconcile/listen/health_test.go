package listen

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/reconcile"
	"kisiflow/store"
)

func (w *world) health() (int, Health) {
	w.t.Helper()
	status, said := w.get("/healthz")
	var health Health
	if err := json.Unmarshal([]byte(said), &health); err != nil {
		w.t.Fatalf("%s: %v", said, err)
	}
	return status, health
}

func TestHealth(t *testing.T) {
	w := newWorld(t, 3)
	ahead := time.Duration(0)
	w.listening(100_000, nil, func(options *Options) {
		options.Every = time.Minute
		options.Now = func() time.Time { return time.Now().Add(ahead) }
	})
	status, health := w.health()
	if status != 200 || !health.Healthy || !health.InStep || !health.SetUp || health.AgeSeconds == nil || *health.AgeSeconds > 60 || health.LastError != "" {
		t.Errorf("in step: %d %+v", status, health)
	}
	ahead = 119 * time.Second
	if status, health = w.health(); status != 200 {
		t.Errorf("within two intervals: %d %+v", status, health)
	}
	ahead = 130 * time.Second
	if status, health = w.health(); status != 503 || health.Healthy {
		t.Errorf("not in step for more than two intervals: %d %+v", status, health)
	}
	ahead = 0
	w.update(func(tx *store.Tx) error {
		settings, _, err := tx.Settings()
		if err != nil {
			return err
		}
		settings.Key.DiedAt = time.Now()
		return tx.PutSettings(settings)
	})
	if status, health = w.health(); status != 503 || !health.KeyRefused {
		t.Errorf("the key died: %d %+v", status, health)
	}
}

// The numbers tell what happened, and name nobody.
func TestMetrics(t *testing.T) {
	w := newWorld(t, 12)
	w.listening(100_000, &reconcile.Pace{})
	w.put(memberID(3), gymflow.Overdue)
	w.push("evt_1", memberID(3))
	w.push("evt_1", memberID(3))
	w.post("/hooks/zapier/guess", "{}")
	w.nextWrite()
	w.eventually(func() bool {
		_, said := w.get("/metrics")
		return strings.Contains(said, "kisiflow_push_seconds_count 1")
	})
	status, said := w.get("/metrics")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	for _, line := range []string{
		`kisiflow_members{standing="access"} 11`, `kisiflow_members{standing="no access"} 1`, `kisiflow_rights 11`, `kisiflow_removals_held 0`,
		`kisiflow_looks_waiting 0`, `kisiflow_in_step 1`, `kisiflow_key_refused 0`, `kisiflow_members_failed 0`, `kisiflow_last_complete_sync_age_seconds `,
		`kisiflow_pushes_total{answer="taken",hook="gymflow"} 1`, `kisiflow_pushes_total{answer="again",hook="gymflow"} 1`,
		`kisiflow_pushes_total{answer="bad_signature",hook="zapier"} 1`, `kisiflow_runs_total{kind="look",outcome="done"} 1`,
		`kisiflow_requests_total{kind="write",side="kisi"} 1`, `kisiflow_requests_total{kind="read",side="gymflow"} 1`, `kisiflow_throttled_total 0`, `go_goroutines `,
	} {
		if !strings.Contains(said, "\n"+line) {
			t.Errorf("%q is missing", line)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
	for _, name := range []string{"x.example", "m0003", "First", "All hours", "Dublin"} {
		if strings.Contains(said, name) {
			t.Errorf("the numbers name %q", name)
		}
	}
}
