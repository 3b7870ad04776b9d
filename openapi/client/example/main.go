// Command example does what another program does, with the Go client: a key becomes an access token; the program reads who
// takes part, tries a value without keeping it, saves it once though it sends it twice, and follows what changed. It
// refuses to go on when an answer is not what it should be, so the tests run it against the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"casebook/openapi/client"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: example ADDRESS STUDY CLIENT_ID KEY")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, study, id, key string) error {
	c, err := client.WithKey(ctx, address, id, key)
	if err != nil {
		return err
	}
	who, err := c.GatewayPatients(ctx, client.GatewayPatientsParameters{TrialId: study, Limit: "5"})
	if err != nil {
		return err
	}
	fmt.Printf("%d take part, the first of them %s at site %s\n", len(who.Patients), who.Patients[0].PatientId, who.Patients[0].SiteId)
	end, err := toTheEnd(ctx, c, study)
	if err != nil {
		return err
	}
	subject, err := c.TrialPostSubject(ctx, client.TrialPostSubjectParameters{Study: study}, client.PatientEnrolmentInput{Site: who.Patients[0].SiteId, Subject: who.Patients[len(who.Patients)-1].PatientId + "-E"})
	if err != nil {
		return err
	}
	if err := save(ctx, c, study, subject.Subject); err != nil {
		return err
	}
	after, err := c.PlatformChanges(ctx, client.PlatformChangesParameters{Study: study, After: end, Wait: "20"})
	if err != nil {
		return err
	}
	if len(after.Changes) == 0 {
		return errors.New("the feed does not tell what was done")
	}
	fmt.Printf("the feed tells: %s\n", after.Changes[0].What)
	return nil
}

// toTheEnd reads the change feed until there is no more, and returns the cursor to go on from.
func toTheEnd(ctx context.Context, c *client.Client, study string) (string, error) {
	for after := ""; ; {
		page, err := c.PlatformChanges(ctx, client.PlatformChangesParameters{Study: study, After: after, Limit: "1000"})
		if err != nil || page.Next == after {
			return after, err
		}
		after = page.Next
	}
}

// save tries a value, and then keeps it under a name, so that sending it again does nothing more.
func save(ctx context.Context, c *client.Client, study, subject string) error {
	at := client.EdcSaveParameters{Study: study, Subject: subject, Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1", IfNoneMatch: "*"}
	body := client.EdcSaveBody{Items: []client.RecordValueInput{{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: "286"}}}
	tried := at
	tried.ValidateOnly = "true"
	would, err := c.EdcSave(ctx, tried, body)
	if err != nil {
		return err
	}
	at.IdempotencyKey = "result-of-" + subject
	for range 2 {
		saved, err := c.EdcSave(ctx, at, body)
		if err != nil {
			return err
		}
		if saved.Version != 1 || len(saved.Queries) == 0 || len(saved.Queries) != len(would.Queries) || saved.Queries[0].Rule != would.Queries[0].Rule {
			return fmt.Errorf("saved otherwise than tried: %+v, %+v", saved, would)
		}
	}
	_, err = c.EdcSave(ctx, client.EdcSaveParameters{Study: study, Subject: "nobody", Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1", IfNoneMatch: "*"}, body)
	if no, ok := errors.AsType[*client.Refusal](err); !ok || no.Status != 404 || no.Code == "" {
		return fmt.Errorf("a subject that is not there: %w", err)
	}
	fmt.Println("saved once:", would.Queries[0].Text["en"])
	return nil
}
