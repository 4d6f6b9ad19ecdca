package reconcile

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kisiflow/store"
)

// findings are the doctor's findings of one name.
func (w *world) findings(name string) []Check {
	w.t.Helper()
	checks, err := w.engine.Doctor(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(checks, func(check Check) bool { return check.Name != name })
}

func TestDoctorLooksAtTheWebhook(t *testing.T) {
	w := linked(t, 1)
	if found := w.findings("webhook"); len(found) > 0 {
		t.Errorf("without pushes nothing is said about webhooks: %+v", found)
	}
	if err := w.store.Update(func(tx *store.Tx) error { return tx.PutSecret(store.PushSecret, "0123456789abcdef") }); err != nil {
		t.Fatal(err)
	}
	if found := w.findings("webhook"); len(found) != 1 || !found[0].OK || !strings.Contains(found[0].Text, "kisiflow hooks") {
		t.Errorf("%+v", found)
	}
	if _, err := w.engine.CreateWebhook(t.Context(), "https://gym.example", "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	if found := w.findings("webhook"); len(found) != 1 || !found[0].OK || !strings.Contains(found[0].Text, "https://gym.example") {
		t.Errorf("%+v", found)
	}
	w.answerKisi(func(out http.ResponseWriter, in *http.Request) bool {
		if in.URL.Path != "/integrations" {
			return false
		}
		out.Header().Set("X-Collection-Range", "0-0/1")
		_, _ = out.Write([]byte(`[{"id":1,"name":"kisiflow","type":"event_webhook","url":"https://gym.example/hooks/kisi","enabled":true,"disabled_due_to_error":true}]`))
		return true
	})
	if found := w.findings("webhook"); len(found) != 1 || found[0].OK || !strings.Contains(found[0].Text, "switched off the webhook") {
		t.Errorf("%+v", found)
	}
}

func TestDoctorSaysTheMode(t *testing.T) {
	w := linked(t, 1)
	if found := w.findings("mode"); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	w.settings.Audit = true
	w.confirm()
	if found := w.findings("mode"); len(found) != 1 || !found[0].OK || !strings.Contains(found[0].Text, "Audit only") {
		t.Errorf("%+v", found)
	}
}
