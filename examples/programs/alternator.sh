#!/bin/sh
# Plays the first two actions of a choice by turns, in plain shell:
#     folk run ... --agents "process:sh alternator.sh,tit_for_tat"
while IFS= read -r line; do
    case $line in
    '{"type":"ask",'*)
        id=${line#*'"id":'}
        id=${id%%,*}
        actions=${line#*'"enum":['}
        first=${actions%%,*}
        second=${actions#*,}
        second=${second%%[],]*}
        if [ $((id % 2)) -eq 1 ]; then action=$first; else action=$second; fi
        printf '{"id":%s,"action":%s}\n' "$id" "$action"
        ;;
    esac
done
