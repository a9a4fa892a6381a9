/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "services/worker.h"

struct job_queue {
	struct job *first;
	struct job **last;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wakeup;
	struct job_queue waiting;  /* under the lock */
	struct job_queue finished; /* under the lock */
	bool stop;                 /* under the lock */
	unsigned n_open;           /* submitted and not yet done(); the event loop's own */
	int eventfd;
	sd_event_source *source;
	void *userdata;
};

static void queue_add(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	if (!queue->first)
		queue->last = &queue->first;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *queue_take(struct job_queue *queue)
{
	struct job *job = queue->first;

	if (job)
		queue->first = job->next;
	return job;
}

static void *worker_main(void *userdata)
{
	struct worker *worker = userdata;
	struct job *job;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		job = queue_take(&worker->waiting);
		if (!job && worker->stop)
			break;
		if (!job) {
			pthread_cond_wait(&worker->wakeup, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		job->run(job);
		pthread_mutex_lock(&worker->lock);
		queue_add(&worker->finished, job);
		(void)eventfd_write(worker->eventfd, 1);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void worker_finish(struct worker *worker)
{
	for (;;) {
		struct job *job;

		pthread_mutex_lock(&worker->lock);
		job = queue_take(&worker->finished);
		pthread_mutex_unlock(&worker->lock);
		if (!job)
			return;
		worker->n_open--;
		job->done(job, worker->userdata);
	}
}

static int worker_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	eventfd_t count;

	(void)eventfd_read(fd, &count);
	worker_finish(userdata);
	return 0;
}

/* The thread takes no signals: they are the event loop's. */
static int worker_start(struct worker *worker)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -r;
}

int worker_new(sd_event *event, void *userdata, struct worker **ret_worker, struct error *err)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return error_oom(err);
	worker->userdata = userdata;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->wakeup, NULL);
	worker->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = worker->eventfd < 0 ? -errno : 0;
	if (r == 0)
		r = sd_event_add_io(event, &worker->source, worker->eventfd, EPOLLIN,
				    worker_on_event, worker);
	if (r >= 0)
		r = worker_start(worker);
	if (r < 0) {
		sd_event_source_disable_unref(worker->source);
		closep(&worker->eventfd);
		free(worker);
		return error_system(err, r, "cannot start the worker thread");
	}
	*ret_worker = worker;
	return 0;
}

void worker_submit(struct worker *worker, struct job *job)
{
	worker->n_open++;
	pthread_mutex_lock(&worker->lock);
	queue_add(&worker->waiting, job);
	pthread_cond_signal(&worker->wakeup);
	pthread_mutex_unlock(&worker->lock);
}

bool worker_is_idle(const struct worker *worker)
{
	return worker->n_open == 0;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	pthread_cond_signal(&worker->wakeup);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	worker_finish(worker);
	sd_event_source_disable_unref(worker->source);
	closep(&worker->eventfd);
	pthread_cond_destroy(&worker->wakeup);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}
