#!/bin/bash
# hyp3-mirror on a cluster: each task of a job array keeps its own part of the jobs, all on one shared archive.
# Submit with: sbatch slurm-array.sh /data/hyp3 /etc/hyp3-mirror/floods.json
#
# For the first fetch of a large project; day by day one run does. The number of parts must stay the same while tasks
# are run anew: another number shares the jobs out anew, and what a task has half fetched is then not gone on with.
#SBATCH --job-name=hyp3-mirror
#SBATCH --array=1-4
# All tasks together load ASF's servers and your line; %2 after the range runs two at a time.
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=08:00:00
#SBATCH --output=hyp3-mirror-%A_%a.log

set -u
archive=$1
configuration=$2

# Credentials: ~/.netrc, or EARTHDATA_TOKEN in the environment of sbatch (never in this file).
# The archive's file system must have flock(2) that counts on all nodes (Lustre: mount option flock; NFS: version 4).
# --max-runtime ends the run before Slurm does, with exit 75; what is under way is kept and gone on with next time.
hyp3-mirror sync "$configuration" --archive "$archive" \
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --max-runtime 7h --progress never
