// Placeholder of the first build; replaced at once.
