package gymflow

import (
	"context"
	"net/http"
)

// HTTP reads Gymflow through the HTTP contract of gymflow-api.md.
type HTTP struct{ client *http.Client }

// HTTPOptions says where and as whom to read.
type HTTPOptions struct {
	BaseURL   string            // the address before /v1; https, or http to loopback only
	Token     string            // bearer token; never logged
	Transport http.RoundTripper // nil for the default; tests count and break calls here
}

// NewHTTP checks the address and makes a source; it does not call anything yet.
func NewHTTP(options HTTPOptions) (*HTTP, error) { panic("unwritten") }

// Account implements Source.
func (h *HTTP) Account(ctx context.Context) (Account, error) { panic("unwritten") }

// Memberships implements Source.
func (h *HTTP) Memberships(ctx context.Context) ([]Membership, error) { panic("unwritten") }

// Roster implements Source.
func (h *HTTP) Roster(ctx context.Context, progress func(read, total int)) (Roster, error) {
	panic("unwritten")
}

// Member implements Source.
func (h *HTTP) Member(ctx context.Context, id string) (Member, error) { panic("unwritten") }

// Stats implements Source.
func (h *HTTP) Stats() Stats { panic("unwritten") }

// Known reports whether the word is one whose meaning is fixed.
func (s Status) Known() bool { panic("unwritten") }
