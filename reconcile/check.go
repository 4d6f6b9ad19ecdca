package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"kisiflow/gymflow"
	"kisiflow/kisi"
)

// CheckGymflow signs in to Gymflow.
func (e *Engine) CheckGymflow(ctx context.Context, to Access) (gymflow.Account, error) {
	var s services
	if err := e.connectGymflow(to, &s); err != nil {
		return gymflow.Account{}, err
	}
	defer s.close()
	account, err := s.gymflow.Account(ctx)
	return account, explainGymflow(err)
}

// CheckKey finds out whose key it is and what it may do. A key that cannot read groups or write access rights
// is an error that says so.
func (e *Engine) CheckKey(ctx context.Context, to Access) (kisi.Health, error) {
	s, err := e.connectKisi(to, 0)
	if err != nil {
		return kisi.Health{}, err
	}
	defer s.close()
	health, err := s.kisi.Health(ctx)
	if err != nil {
		return kisi.Health{}, explainKisi(err)
	}
	return health, mayWork(health)
}

// mayWork refuses a key that would fail later on.
func mayWork(health kisi.Health) error {
	who := cleanName(health.User.Name)
	switch {
	case !health.CanRead:
		return fmt.Errorf("%w: it is the key of %s, who may not read places, access groups and people. "+
			"Ask the organization's owner to make a key under My Account, API, Add API key", kisi.ErrForbidden, who)
	case !health.CanWrite:
		return fmt.Errorf("%w: it is the key of %s, who may look at access rights but not give or take them. "+
			"Ask the organization's owner to make a key under My Account, API, Add API key", kisi.ErrForbidden, who)
	}
	return nil
}

// Places lists Kisi's places; none at all is an error that says what to do.
func (e *Engine) Places(ctx context.Context, to Access) ([]kisi.Place, error) {
	s, err := e.connectKisi(to, 0)
	if err != nil {
		return nil, err
	}
	defer s.close()
	places, err := s.kisi.Places(ctx)
	if err != nil {
		return nil, explainKisi(err)
	}
	if len(places) == 0 {
		return nil, errors.New("this Kisi organization has no places yet. Make one in Kisi (Places > Add place), add its doors, and read again")
	}
	return places, nil
}

// explainKisi says of a refused key what the admin must do.
func explainKisi(err error) error {
	switch {
	case errors.Is(err, kisi.ErrUnauthorized):
		return fmt.Errorf("%w. The Kisi key is not valid, or no longer: it was deleted, it expired, or the person who made it lost their admin role. "+
			"Make a new one in Kisi as the organization's owner (My Account > API > Add API Key) and enter it: kisiflow setup", err)
	case errors.Is(err, kisi.ErrForbidden):
		return fmt.Errorf("%w. The person whose Kisi key this is may not do this any more. "+
			"Give them their role back in Kisi, or enter the owner's key: kisiflow setup", err)
	case errors.Is(err, kisi.ErrUnavailable), errors.Is(err, kisi.ErrThrottled):
		return fmt.Errorf("%w. No access was taken away because of it. Check the connection, and try again in some minutes", err)
	case errors.Is(err, kisi.ErrIncomplete), errors.Is(err, kisi.ErrNotKisi):
		return fmt.Errorf("%w. Such an answer is not acted upon: no access was changed because of it. Try again in some minutes", err)
	}
	return err
}

// explainGymflow says the same of the token.
func explainGymflow(err error) error {
	switch {
	case errors.Is(err, gymflow.ErrUnauthorized):
		return fmt.Errorf("%w. The Gymflow token is not valid, or no longer. Get a new one and enter it: kisiflow setup", err)
	case errors.Is(err, gymflow.ErrForbidden):
		return fmt.Errorf("%w. The Gymflow token may not read members. Get one that may, and enter it: kisiflow setup", err)
	case isAny(err, gymflow.ErrUnavailable, gymflow.ErrThrottled, context.DeadlineExceeded):
		return fmt.Errorf("%w. No access was taken away because of it. Check the address and the connection, and try again in some minutes", err)
	case isAny(err, gymflow.ErrBeingWritten, gymflow.ErrNoFile):
		return fmt.Errorf("%w. No access was changed because of it", err)
	case breaksContract(err):
		return fmt.Errorf("%w. Nothing was changed because of it. The bridge breaks the contract (docs/gymflow.md), so trying again does not help: "+
			"whoever runs it must mend it", err)
	case errors.Is(err, gymflow.ErrIncomplete), errors.Is(err, gymflow.ErrNotGymflow):
		return fmt.Errorf("%w. Such an answer is not acted upon: no access was changed because of it. Try again in some minutes", err)
	}
	return err
}

// breaksContract tells of an answer that came whole and is of the wrong form: it is the same at every try.
func breaksContract(err error) bool {
	var failed *gymflow.Error
	return errors.As(err, &failed) && errors.Is(failed.Kind, gymflow.ErrNotGymflow) && failed.Status == http.StatusOK
}
