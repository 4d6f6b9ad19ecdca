. /tmp/h4w/env.sh
export KISIFLOW_STATE=/tmp/h4w/r.db
source /usr/share/bash-completion/bash_completion 2>/dev/null || echo "no bash-completion package"
source <(kisiflow completion bash)
complete -p kisiflow
COMP_WORDS=(kisiflow ser) COMP_CWORD=1 COMP_LINE="kisiflow ser" COMP_POINT=12; __start_kisiflow; echo "${COMPREPLY[@]}"
COMP_WORDS=(kisiflow explain 1) COMP_CWORD=2 COMP_LINE="kisiflow explain 1" COMP_POINT=18; COMPREPLY=(); __start_kisiflow; echo "${#COMPREPLY[@]} ${COMPREPLY[@]:0:2}"
