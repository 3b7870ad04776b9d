package casebook_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// promises are what deploy/README.md says of each file, as the words that keep it.
var promises = map[string][]string{
	"deploy/casebook.service": {"User=casebook", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
		"MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "RestrictNamespaces=yes", "StateDirectoryMode=0700", "UMask=0077"},
	"deploy/casebook-credentials.conf": {"[Service]\n", "LoadCredentialEncrypted=ledger.key:", "LoadCredentialEncrypted=ledger.pub:", "LoadCredentialEncrypted=vault.key:", "LoadCredentialEncrypted=second-factor.key:",
		"LoadCredentialEncrypted=treatment.key:", "LoadCredentialEncrypted=admin-token:", "\nEnvironment=CASEBOOK_SECRETS=%d\n"},
	"deploy/Containerfile":            {"FROM scratch", "USER 65532:65532", "VOLUME /data"},
	"deploy/compose.yaml":             {"read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "gateway-1:", "gateway-2:", "patient-1:", "patient-2:", "replica:", "synchronous_commit=on", "archive_mode=on", "CASEBOOK_PEER_CA", "CASEBOOK_TRUSTED_PROXY", "https://patient-1", "https://patient-2"},
	"deploy/kubernetes/casebook.yaml": {"runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]", "automountServiceAccountToken: false", "readinessProbe:", "livenessProbe:", "startupProbe:", "kind: PodDisruptionBudget", "maxUnavailable: 0", "\"--peer-ca\", \"/peer/ca.crt\",\n", "\"--trusted-proxy\"", "https://casebook-patient", "\"--secrets\", \"/secret\"]", "secrets-store.csi.k8s.io"},
}

// unkept finds the promises that a file does not keep.
func unkept(text string, words []string) (missing []string) {
	for _, w := range words {
		if !strings.Contains(text, w) {
			missing = append(missing, w)
		}
	}
	return missing
}

func TestDeploymentsKeepWhatTheyPromise(t *testing.T) {
	t.Parallel()
	for name, words := range promises {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if missing := unkept(string(text), words); len(missing) > 0 {
			t.Errorf("%s lacks %q", name, missing)
		}
		if control := unkept(strings.ReplaceAll(string(text), words[0], ""), words); len(control) != 1 {
			t.Errorf("%s: the control: %q", name, control)
		}
	}
}

// What puts load and faults on servers is not in the program that is released; the control is the program that is not.
func TestTheReleasedProgramCanHarmNobody(t *testing.T) {
	t.Parallel()
	parts := func(args ...string) []string {
		out, err := exec.CommandContext(t.Context(), "go", append(append([]string{"list", "-deps"}, args...), "./cmd/casebook")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	released, ours := parts("-tags", "production"), parts()
	for _, harmful := range []string{"casebook/chaos", "casebook/chaos/disk", "casebook/load"} {
		if slices.Contains(released, harmful) {
			t.Errorf("%s is in the released program", harmful)
		}
		if !slices.Contains(ours, harmful) {
			t.Errorf("the control: %s is not in the program with everything", harmful)
		}
	}
}
