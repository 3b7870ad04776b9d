package casebook_test

import (
	"os"
	"strings"
	"testing"
)

// promises are what deploy/README.md says of each file, as the words that keep it.
var promises = map[string][]string{
	"deploy/casebook.service": {"User=casebook", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
		"MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "RestrictNamespaces=yes", "StateDirectoryMode=0700", "UMask=0077"},
	"deploy/Containerfile":            {"FROM scratch", "USER 65532:65532", "VOLUME /data"},
	"deploy/compose.yaml":             {"read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "gateway-1:", "gateway-2:", "patient-1:", "patient-2:", "replica:", "synchronous_commit=on", "archive_mode=on", "CASEBOOK_PEER_CA", "CASEBOOK_TRUSTED_PROXY", "https://patient-1", "https://patient-2"},
	"deploy/kubernetes/casebook.yaml": {"runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]", "automountServiceAccountToken: false", "readinessProbe:", "livenessProbe:", "startupProbe:", "kind: PodDisruptionBudget", "maxUnavailable: 0", "\"--peer-ca\", \"/peer/ca.crt\",\n", "\"--trusted-proxy\"", "https://casebook-patient"},
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
