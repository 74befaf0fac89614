#include "in_digits.h"

#include <stdio.h>
#include <stdlib.h>

double in_digits(double v, int n_digits)
{
	char text[64];
	snprintf(text, sizeof(text), "%.*g", n_digits, v);
	return strtod(text, NULL);
}

double in_short(double v)
{
	return in_digits(v, 4);
}

double in_loss(double v)
{
	return in_digits(v, 7);
}

double in_rate(double v)
{
	return in_digits(v, 6);
}

double in_share(double v)
{
	char text[400];
	snprintf(text, sizeof(text), "%.*f", v < 0.001 ? 3 : 4, v);
	return strtod(text, NULL);
}
