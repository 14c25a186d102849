{{- define "remediad.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "remediad.selector" -}}
app.kubernetes.io/name: remediad
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "remediad.labels" -}}
{{ include "remediad.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "remediad.serviceAccountName" -}}
{{- if .Values.serviceAccount.name }}{{ .Values.serviceAccount.name }}
{{- else if .Values.serviceAccount.create }}{{ include "remediad.name" . }}
{{- else }}{{ fail "serviceAccount.create is false: say in serviceAccount.name which one to use" }}
{{- end -}}
{{- end }}

{{- define "remediad.image" -}}
{{- if not .Values.image.repository }}{{ fail "image.repository is missing: build the image (docker build -t YOUR-REGISTRY/remediad:VERSION .), push it, and say where it is" }}{{ end -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end }}

{{- /* Empty = the embedded store. */ -}}
{{- define "remediad.redisUrl" -}}
{{- get (.Values.config.redis | default dict) "url" | default "" -}}
{{- end }}

{{- define "remediad.claimName" -}}
{{- .Values.persistence.existingClaim | default (include "remediad.name" .) -}}
{{- end }}

{{- /* What would be accepted by the API and be wrong all the same. */ -}}
{{- define "remediad.refuse" -}}
{{- $embedded := not (include "remediad.redisUrl" .) -}}
{{- if and $embedded (gt (int .Values.replicas) 1) }}{{ fail "replicas is more than 1, but the embedded store belongs to one daemon: set config.redis.url, or replicas: 1" }}{{ end -}}
{{- if and $embedded (eq .Values.mode "act") (not .Values.persistence.enabled) }}{{ fail "mode is act, but persistence.enabled is false: a daemon that forgets what it did may do it again; set persistence.enabled: true or config.redis.url" }}{{ end -}}
{{- range $key, $instead := dict "web" "service.port and secretName" "storage" "persistence" "rule_files" "rules" "remediation_files" "remediations" }}
{{- if hasKey $.Values.config $key }}{{ fail (printf "config.%s is the chart's own: see the values %s" $key $instead) }}{{ end }}
{{- end -}}
{{- if hasKey (.Values.config.global | default dict) "dry_run" }}{{ fail "config.global.dry_run is the chart's own: set mode to observe or act" }}{{ end -}}
{{- end }}

{{- /* remediad.yaml */ -}}
{{- define "remediad.config" -}}
{{- $own := dict
  "global" (merge (dict "dry_run" (ne .Values.mode "act")) (.Values.config.global | default dict))
  "web" (dict "listen_address" (printf ":%d" (int .Values.service.port)) "bearer_token_file" "/etc/remediad/secrets/token")
  "rule_files" (list "/etc/remediad/rules/*.yaml")
  "remediation_files" (list "/etc/remediad/remediations/*.yaml") -}}
{{- $default := dict "clusters" (list (dict "name" .Values.clusterName "in_cluster" true)) -}}
{{- toYaml (merge $own (deepCopy .Values.config) $default) -}}
{{- end }}

{{- /* Files by name: those of the chart that fit `glob`, and over them those of the values. */ -}}
{{- define "remediad.rules" -}}
{{- $files := dict -}}
{{- $known := list -}}
{{- if .Values.rules.shipped }}
{{- range $path, $_ := .Files.Glob "rules/*.yaml" }}
{{- $text := $.Files.Get $path }}
{{- $document := fromYaml $text }}
{{- $changed := false }}
{{- range $rule := $document.rules }}
{{- $known = append $known $rule.name }}
{{- with get $.Values.rules.modes $rule.name }}{{ $_ := set $rule "mode" . }}{{ $changed = true }}{{ end }}
{{- end }}
{{- $_ := set $files (base $path) (ternary (toYaml $document) $text $changed) }}
{{- end }}
{{- end }}
{{- range $name, $mode := .Values.rules.modes }}
{{- if not (has $name $known) }}{{ fail (printf "rules.modes names %s, which is no shipped rule: there are %s" $name (join ", " $known)) }}{{ end }}
{{- end }}
{{- include "remediad.files" (dict "shipped" $files "own" .Values.rules.files) }}
{{- end }}

{{- define "remediad.remediations" -}}
{{- $files := dict -}}
{{- if .Values.remediations.shipped }}
{{- range $path, $_ := .Files.Glob "remediations/*.yaml" }}
{{- $_ := set $files (base $path) ($.Files.Get $path) }}
{{- end }}
{{- end }}
{{- include "remediad.files" (dict "shipped" $files "own" .Values.remediations.files) }}
{{- end }}

{{- /* Data of a ConfigMap. A file is text, or a map that becomes YAML. */ -}}
{{- define "remediad.files" -}}
{{- $data := .shipped -}}
{{- range $name, $content := .own }}
{{- if not (hasSuffix ".yaml" $name) }}{{ fail (printf "the file %s must be called something.yaml" $name) }}{{ end }}
{{- $_ := set $data $name (ternary $content (toYaml $content) (kindIs "string" $content)) }}
{{- end }}
{{- toYaml $data }}
{{- end }}

{{- /* The three ConfigMaps: their names end in `.suffix`, their metadata ends with `.metadata`. */ -}}
{{- define "remediad.configMaps" -}}
{{- $data := dict
  "config" (toYaml (dict "remediad.yaml" (include "remediad.config" .context)))
  "rules" (include "remediad.rules" .context)
  "remediations" (include "remediad.remediations" .context) -}}
{{- range $part, $text := $data }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "remediad.name" $.context }}-{{ $part }}{{ $.suffix }}
  namespace: {{ $.context.Release.Namespace }}
  labels:
    {{- include "remediad.labels" $.context | nindent 4 }}
  {{- with $.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
data:
  {{- $text | nindent 2 }}
{{- end }}
{{- end }}

{{- define "remediad.configMounts" -}}
- { name: config, mountPath: /etc/remediad/config, readOnly: true }
- { name: rules, mountPath: /etc/remediad/rules, readOnly: true }
- { name: remediations, mountPath: /etc/remediad/remediations, readOnly: true }
{{- end }}

{{- define "remediad.configVolumes" -}}
{{- range list "config" "rules" "remediations" }}
- { name: {{ . }}, configMap: { name: {{ include "remediad.name" $.context }}-{{ . }}{{ $.suffix }} } }
{{- end }}
{{- end }}

{{- define "remediad.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
