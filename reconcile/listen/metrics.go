package listen

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kisiflow/access"
	"kisiflow/store"
)

// Metrics are the numbers of /metrics, on a registry of their own. It is the engine's witness.
type Metrics struct {
	registry *prometheus.Registry
	pushes   *prometheus.CounterVec
	runs     *prometheus.CounterVec
	latency  prometheus.Histogram
	now      func() time.Time
	server   atomic.Pointer[Server]
}

// NewMetrics makes them, all at zero.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kisiflow_pushes_total", Help: "Pushes by hook and by what came of them."}, []string{"hook", "answer"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kisiflow_runs_total", Help: "Runs of this process that ended, by outcome; looks at single members count when they changed something."},
			[]string{"kind", "outcome"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kisiflow_push_seconds", Help: "From a push to the end of the look that it asked for.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}}),
		now: time.Now,
	}
	m.registry.MustRegister(m.pushes, m.runs, m.latency, stand{m}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// SetClock makes the latency count by the process's clock, which the looks' own instants come from.
func (m *Metrics) SetClock(now func() time.Time) { m.now = now }

func (m *Metrics) pushed(hook, answer string) { m.pushes.WithLabelValues(hook, answer).Inc() }

// RunEnded implements reconcile.Witness.
func (m *Metrics) RunEnded(run store.Run) {
	kind := "sync"
	switch {
	case run.Looked:
		kind = "look"
	case run.Undoes != "":
		kind = "undo"
	}
	m.runs.WithLabelValues(kind, run.Outcome).Inc()
}

// Looked implements reconcile.Witness.
func (m *Metrics) Looked(look store.Look, failed bool) {
	if !failed && look.Urgency == store.LookPushed && look.Tries == 0 {
		m.latency.Observe(max(0, m.now().Sub(look.At).Seconds()))
	}
}

// handler serves them; two at once are enough for anybody.
func (m *Metrics) handler(server *Server) http.Handler {
	m.server.Store(server)
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: writeTime, ErrorHandling: promhttp.ContinueOnError})
}

// stand are the numbers that are read from the state file when they are asked for.
type stand struct{ metrics *Metrics }

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector. It describes nothing: what is there depends on the state file.
func (stand) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c stand) Collect(numbers chan<- prometheus.Metric) {
	server := c.metrics.server.Load()
	if server == nil {
		return
	}
	gauge := func(value float64, desc *prometheus.Desc, labels ...string) {
		numbers <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	known, err := server.facts()
	if err != nil {
		numbers <- prometheus.NewInvalidMetric(described("kisiflow_members", "Members by standing.", "standing"), err)
		return
	}
	members := described("kisiflow_members", "Members by standing.", "standing")
	for _, standing := range []access.Standing{access.HasAccess, access.NoAccess, access.Waiting, access.Held, access.Problem} {
		gauge(float64(known.standing[standing]), members, string(standing))
	}
	gauge(float64(known.ledger), described("kisiflow_rights", "Access rights in the ledger."))
	gauge(float64(known.held), described("kisiflow_removals_held", "Removals that wait for the admin."))
	gauge(float64(known.failed), described("kisiflow_members_failed", "Members for whom something failed."))
	gauge(float64(known.looks), described("kisiflow_looks_waiting", "Members who wait to be looked at."))
	gauge(truth(known.fresh.InStep()), described("kisiflow_in_step", "1 when both sides are in step."))
	gauge(truth(!known.settings.Key.DiedAt.IsZero()), described("kisiflow_key_refused", "1 when Kisi refuses the key."))
	if !known.fresh.ReadAt.IsZero() {
		gauge(max(0, known.now.Sub(known.fresh.ReadAt).Seconds()), described("kisiflow_last_complete_sync_age_seconds", "Seconds since the last complete sync ended."))
	}
	count(server, numbers)
}

// count tells what this process has asked of both sides.
func count(server *Server, numbers chan<- prometheus.Metric) {
	traffic := server.options.Engine.Traffic()
	requests := described("kisiflow_requests_total", "Requests sent, retries included.", "side", "kind")
	counter := func(value int, desc *prometheus.Desc, labels ...string) {
		numbers <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	counter(traffic.KisiRead, requests, "kisi", "read")
	counter(traffic.KisiWrite, requests, "kisi", "write")
	counter(traffic.Gymflow, requests, "gymflow", "read")
	counter(traffic.Throttled, described("kisiflow_throttled_total", "Answers 429 of Kisi."))
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
