#!/bin/bash
# hyp3-mirror on a cluster: each task of a job array keeps its own part of the jobs, all on one shared archive.
# Submit with: sbatch slurm-array.sh /data/hyp3 /etc/hyp3-mirror/floods.json
# A task that did not end well is run anew by: sbatch --array=3 slurm-array.sh …
#
# For the first fetch of a large project; day by day one run without --shard does, which also goes on with whatever a
# part has left half fetched.
#SBATCH --job-name=hyp3-mirror
#SBATCH --array=1-4
# All tasks together load ASF's servers and your line; %2 after the range runs two at a time.
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=08:00:00
#SBATCH --output=hyp3-mirror-%A_%a.log

# The last number of --array above. Not SLURM_ARRAY_TASK_COUNT, which is 1 where one task is run anew.
parts=4
archive=${1:?say where the archive is, as in: sbatch slurm-array.sh /data/hyp3 floods.json}
configuration=${2:?say which project, as in: sbatch slurm-array.sh /data/hyp3 floods.json}

# Credentials: ~/.netrc, or EARTHDATA_TOKEN in the environment of sbatch (never in this file).
# The archive's file system must have flock(2) that counts on all nodes (Lustre: mount option flock; NFS: version 4).
# --max-runtime ends the run before Slurm does, with exit 75; what is under way is kept and gone on with next time, as it
# is after scancel, whose SIGTERM ends a run within 2 seconds.
exec hyp3-mirror sync "$configuration" --archive "$archive" --shard "$SLURM_ARRAY_TASK_ID/$parts" \
    --max-runtime 7h --progress never
