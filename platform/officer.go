package platform

import (
	"context"
	"strconv"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/outbox"
	"casebook/settings"
	"casebook/store"
)

// officerPause is how long the officer hears nothing more after a message: who guesses at many accounts does not fill a mailbox.
const officerPause = 15 * time.Minute

// TellOfficer sends the security officer a mail, in the transaction of its cause: that somebody guessed and was locked out (21 CFR
// 11.300(d)). It names nobody and no address, which the trail does; nothing is sent where the settings name no officer.
func (s *Service) TellOfficer(ctx context.Context, tx *store.Tx) error {
	to := s.o.Settings.Get(s.o.Settings.At(settings.Place{}), officer).Text()
	if to == "" {
		return nil
	}
	window := store.Micros(tx.Now) / officerPause.Microseconds()
	_, err := s.o.Box.Put(ctx, tx, casebook.Platform, outbox.Message{Channel: "mail", To: to, Dedupe: "guessing " + strconv.FormatInt(window, 10),
		Title: bothTongues("platform.guessing.title", " / "), Body: bothTongues("platform.guessing.body", "\n\n")})
	return err
}

// bothTongues is a text in Chinese and English, for somebody whose language nobody knows.
func bothTongues(code, between string) string {
	return i18n.Text(code, "zh-CN") + between + i18n.Text(code, "en")
}
